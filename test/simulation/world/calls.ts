import { type StoreError, StoreThrottled, StoreUnavailable } from '../../../shared/store/errors.ts';
import type { CallOptions } from '../../../shared/store/port.ts';
import type { Machine } from '../engine/machine.ts';
import type { Network, Surroundings } from './network.ts';

/** A call to the store: what it does there, at the moment in which the store serves it. */
export interface Call<Result> {
  readonly machine: Machine;
  /**
   * @param attempt from 0
   * @param index which of the keys, where the call concerns several
   */
  readonly serve: (attempt: number, index: number) => Result;
  readonly isWrite: boolean;
}

/** How long after its caller gave up a write may still be applied, in milliseconds. */
const LATEST = 5_000;

/** The adapters give up a single attempt after this long, in milliseconds, when they have another. */
const ATTEMPT_TIMEOUT = 1_000;

/** How long the store is gone once it is, in milliseconds. */
const OUTAGE: readonly [number, number] = [50, 30_000];

/**
 * Calls to the store with all that can happen to them, and with what the store adapters do about it: a deadline on
 * every call, more attempts for what may be repeated.
 */
export class Calls {
  readonly #world: Surroundings;
  readonly #network: Network;
  #outageUntil = 0;

  constructor(world: Surroundings, network: Network) {
    this.#world = world;
    this.#network = network;
  }

  /** A call that concerns one key. */
  one<Result>(options: CallOptions | undefined, call: Call<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const { timeout = 1_000, attempts = 1 } = options ?? {};
      this.#attempt({ ...call, attempts, giveUpAt: this.#world.scheduler.now + timeout, resolve, reject }, 0);
    });
  }

  /**
   * A call that concerns several keys, which are served together, or each at its own moment.
   *
   * @param call serves the key with the index that it is given
   */
  many<Result>(options: CallOptions | undefined, call: Call<Result>, count: number): Promise<Result[]> {
    const { random, rates } = this.#world;
    if (count > 1 && random.chance(rates.scatter)) {
      const alone = (index: number): Promise<Result> =>
        this.one(options, { ...call, serve: (attempt) => call.serve(attempt, index) });
      return Promise.all(Array.from({ length: count }, (_, index) => alone(index)));
    }
    const serve = (attempt: number): Result[] => {
      const results: Result[] = [];
      for (let index = 0; index < count; index++) results.push(call.serve(attempt, index));
      return results;
    };
    return this.one(options, { machine: call.machine, isWrite: call.isWrite, serve });
  }

  #attempt<Result>(pending: Pending<Result>, attempt: number): void {
    const { scheduler } = this.#world;
    const { machine, attempts, giveUpAt } = pending;
    const hasAnother = attempt + 1 < attempts;
    const deadline = hasAnother ? Math.min(giveUpAt, scheduler.now + ATTEMPT_TIMEOUT) : giveUpAt;

    const fail = (at: number, error: () => StoreError): void => {
      scheduler.at(at, () => {
        const backoff = this.#world.random.between(12, 50) * 2 ** attempt;
        if (hasAnother && scheduler.now + backoff < giveUpAt) {
          scheduler.after(backoff, () => machine.arrive(() => this.#attempt(pending, attempt + 1)));
        } else {
          machine.arrive(() => pending.reject(error()));
        }
      });
    };
    this.#send(pending, attempt, deadline, fail);
  }

  #send<Result>(
    { machine, isWrite, serve, resolve }: Pending<Result>,
    attempt: number,
    deadline: number,
    fail: (at: number, error: () => StoreError) => void,
  ): void {
    const { scheduler, random } = this.#world;
    const { now } = scheduler;
    const noAnswer = (): StoreError => new StoreUnavailable('simulated', 'no answer in time');
    const servedAt = now + this.#network.perhapsSlow();

    switch (this.#trouble(isWrite)) {
      case 'unavailable':
        fail(random.chance(0.5) ? Math.min(servedAt, deadline) : deadline, noAnswer);
        return;
      case 'throttling':
        fail(Math.min(servedAt, deadline), () => new StoreThrottled('simulated', 'too many requests'));
        return;
      case 'lost-answer':
        scheduler.at(Math.min(servedAt, deadline), () => void serve(attempt, 0));
        fail(random.chance(0.5) ? Math.min(servedAt + 1, deadline) : deadline, noAnswer);
        return;
      case 'late':
        scheduler.at(deadline + random.between(0, LATEST), () => void serve(attempt, 0));
        fail(deadline, noAnswer);
        return;
      case undefined:
        break;
    }
    if (servedAt > deadline) {
      // It gets there all the same, if it gets there in time: that is what the protocol assumes of late requests.
      if (isWrite) scheduler.at(Math.min(servedAt, deadline + LATEST), () => void serve(attempt, 0));
      fail(deadline, noAnswer);
      return;
    }
    scheduler.at(servedAt, () => {
      const result = serve(attempt, 0);
      const answeredAt = random.chance(PROMPT) ? scheduler.now : scheduler.now + this.#network.perhapsSlow();
      if (answeredAt > deadline) fail(deadline, noAnswer);
      else if (answeredAt > scheduler.now) scheduler.at(answeredAt, () => machine.arrive(() => resolve(result)));
      else machine.arrive(() => resolve(result));
    });
  }

  #trouble(isWrite: boolean): 'unavailable' | 'throttling' | 'lost-answer' | 'late' | undefined {
    const { scheduler, random, rates } = this.#world;
    if (scheduler.now < this.#outageUntil && rates.unavailable > 0) return 'unavailable';
    let draw = random.unit();
    draw -= rates.unavailable;
    if (draw < 0) {
      if (random.chance(0.02)) this.#outageUntil = scheduler.now + random.logBetween(...OUTAGE);
      return 'unavailable';
    }
    draw -= rates.throttling;
    if (draw < 0) return 'throttling';
    if (!isWrite) return undefined;
    draw -= rates['lost-answer'];
    if (draw < 0) return 'lost-answer';
    draw -= rates.late;
    return draw < 0 ? 'late' : undefined;
  }
}

interface Pending<Result> extends Call<Result> {
  readonly attempts: number;
  readonly giveUpAt: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: StoreError) => void;
}

/** Share of answers that arrive in the moment in which the request is served. */
const PROMPT = 0.8;
