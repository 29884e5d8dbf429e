import type { RedisArgument } from '@redis/client';
import { ExponentialBackoff, halfJitterGenerator } from 'cockatiel';
import { type Duration, seconds, stopwatch, systemClock } from '../time.ts';
import type { Attempt } from './attempts.ts';
import type { ConnectionHooks, RedisClient } from './redis-client.ts';

/** A connection that is made again when it is lost. */
export interface RedisConnection {
  /** Sends a command, as {@link RedisClient.send} does, for an attempt that may be given up. */
  send(key: string, args: readonly RedisArgument[], attempt: Attempt, takeBack?: AbortSignal): Promise<unknown>;
  /** Settles when the first attempt to connect has ended, whichever way. */
  readonly attempted: Promise<void>;
  close(): void;
}

export interface ConnectionOptions {
  /** Bound of an attempt to connect. */
  readonly connectTimeout: Duration;
  /** How long a call may stay without an answer, after its caller gave up, before the connection is taken for dead. */
  readonly silence: Duration;
  /** Told when the connection is lost or cannot be made; the message holds no keys. */
  readonly warn: (message: string) => void;
}

/**
 * Keeps a client connected, driven by its calls: nothing runs in the background, since a Lambda's process is frozen
 * between invocations.
 *
 * - A call waits for an attempt to connect that is under way, never for the next one: while the server is away, calls
 *   reject at once, and each time a backoff has passed one of them tries again.
 * - A connection that breaks is made again at once, unless it has only just been made.
 * - One that has fallen silent is given up. TCP alone would wait for a quarter of an hour: that is what clients do
 *   whose server has vanished, as in a failover, without a word.
 *
 * @param connect makes a client, or rejects; called for every attempt
 */
export function keepConnected(
  connect: (hooks: ConnectionHooks) => Promise<RedisClient>,
  options: ConnectionOptions,
): RedisConnection {
  let state: State = open(undefined);
  const { attempt } = state;

  /** Begins an attempt to connect. */
  function open(backoff: Backoff | undefined): Connecting {
    const controller = new AbortController();
    let client: RedisClient | undefined;
    const lost = (cause: unknown): void => {
      if (client !== undefined) replace(client, cause);
    };
    const attempt = withinTime(connect({ signal: controller.signal, lost }), options.connectTimeout, controller);
    attempt.then(
      (connected) => {
        client = connected;
        if (state.kind === 'closed') connected.destroy();
        else state = { kind: 'ready', client, age: stopwatch(systemClock), backoff };
      },
      (cause: unknown) => {
        if (state.kind !== 'closed') state = failed(cause, backoff);
      },
    );
    return { kind: 'connecting', attempt, abort: () => controller.abort() };
  }

  function failed(cause: unknown, backoff: Backoff | undefined): Down {
    const next = backoff === undefined ? firstBackoff() : backoff.next(undefined);
    options.warn(`redis: not connected (${cause instanceof Error ? cause.message : 'unknown reason'})`);
    return { kind: 'down', cause, elapsed: stopwatch(systemClock), backoff: next };
  }

  /** Does away with a client that is of no use any more. */
  function replace(client: RedisClient, cause: unknown): void {
    if (state.kind !== 'ready' || state.client !== client) return;
    // One that lasted is made again at once; with one that did not, a server in trouble would be asked without end.
    state = state.age() >= STABLE ? open(undefined) : failed(cause, state.backoff);
    client.destroy();
  }

  async function connected(): Promise<RedisClient> {
    if (state.kind === 'down') {
      if (state.elapsed() < state.backoff.duration) throw state.cause;
      state = open(state.backoff);
    }
    if (state.kind === 'closed') throw new Error('the connection is closed');
    return state.kind === 'ready' ? state.client : state.attempt;
  }

  function sendOver(
    client: RedisClient,
    ...[key, args, attempt, takeBack]: Parameters<RedisConnection['send']>
  ): Promise<unknown> {
    const answer = client.send(key, args, takeBack);
    attempt.onGivenUp(() => suspect(client, answer));
    return answer;
  }

  /** A call was given up. Its answer may still come, and shows then that the connection is alive. */
  function suspect(client: RedisClient, answer: Promise<unknown>): void {
    const silent = new Error('the server has fallen silent');
    const timer = setTimeout(() => replace(client, silent), options.silence).unref();
    const alive = (): void => clearTimeout(timer);
    answer.then(alive, alive);
  }

  return {
    attempted: attempt.then(ignore, ignore),

    send(key, args, attempt, takeBack) {
      if (state.kind === 'ready') return sendOver(state.client, key, args, attempt, takeBack);
      return connected().then((client) => {
        if (attempt.isGivenUp) throw new Error('there was no connection in time');
        return sendOver(client, key, args, attempt, takeBack);
      });
    },

    close() {
      const last = state;
      state = { kind: 'closed' };
      if (last.kind === 'ready') last.client.destroy();
      if (last.kind === 'connecting') last.abort();
    },
  };
}

interface Connecting {
  readonly kind: 'connecting';
  readonly attempt: Promise<RedisClient>;
  readonly abort: () => void;
}

interface Ready {
  readonly kind: 'ready';
  readonly client: RedisClient;
  readonly age: () => number;
  /** Where the attempts that led here had got to. */
  readonly backoff: Backoff | undefined;
}

/** Not to be tried again before the backoff has passed. */
interface Down {
  readonly kind: 'down';
  readonly cause: unknown;
  readonly elapsed: () => number;
  readonly backoff: Backoff;
}

type State = Connecting | Ready | Down | { readonly kind: 'closed' };

type Backoff = ReturnType<ExponentialBackoff<unknown>['next']>;

const firstBackoff = (): Backoff =>
  new ExponentialBackoff({ generator: halfJitterGenerator, initialDelay: 50, maxDelay: 2_000 }).next();

/** A connection that lasted this long was a good one. */
const STABLE = seconds(1);

const ignore = (): void => {};

/** What is connected in time; aborts and rejects otherwise. */
function withinTime(
  connecting: Promise<RedisClient>,
  timeout: Duration,
  controller: AbortController,
): Promise<RedisClient> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no connection within ${timeout} ms`));
      controller.abort();
    }, timeout);
    connecting.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
