import type { RedisArgument } from '@redis/client';
import { LATE_WRITE } from '../protocol.ts';
import { type Duration, milliseconds, seconds } from '../time.ts';
import type { Attempt } from './attempts.ts';
import { chunk } from './batches.ts';
import { equalBytes } from './bytes.ts';
import { boundedCalls, type CallDefaults, once } from './calls.ts';
import { StoreUnavailable } from './errors.ts';
import type { CacheStore, CallOptions, EntryKey, PlainWrite } from './port.ts';
import { connectRedis, type RedisCredentials } from './redis-client.ts';
import { keepConnected } from './redis-connection.ts';
import { toStoreError } from './redis-errors.ts';
import { setIfUnchanged } from './redis-script.ts';
import { parseRedisUrl, type RedisEndpoint } from './redis-url.ts';

export interface RedisStoreOptions extends CallDefaults {
  /**
   * `redis://` or, with TLS, `rediss://` of the primary, or of any node of a cluster: which of the two it is, the
   * server says itself.
   */
  readonly url: string;
  /** Asked for each connection; instead of the URL's user and password. */
  readonly credentials?: (() => Promise<RedisCredentials>) | undefined;
  /** Certificates (PEM) to trust besides Node's own. */
  readonly ca?: string;
  /** How long to wait for a connection, at the start and later; 2 s if left out. */
  readonly connectTimeout?: Duration;
  /** How long after its caller gave up a call may stay unanswered before its connection is given up; 2 s if left out, 5 s at most. */
  readonly silence?: Duration;
  /** Told when the connection is lost or cannot be made; silent if left out. */
  readonly log?: { warn(message: string): void };
}

/** Keys and bytes of one command: a server of one thread should not be busy with one caller for long. */
const BATCH = { count: 1_000, bytes: 8 * 1024 * 1024 };

/**
 * Redis or Valkey, one node or a cluster, as a store.
 *
 * - All commands go to primaries: a replica may be behind, and an entry must not go back to an older state.
 * - Concurrent calls are pipelined on one connection for each node; every call is bounded by a timer of our own.
 * - Nothing is repeated but reads and conditional writes, as often as the call allows. A conditional write whose
 *   answer was lost is recognised by its bytes, which a nonce makes unique.
 * - A write that is given up before it was sent is taken back, lest a process that is frozen then send it when it
 *   thaws. A read is not: that would cost a hit more than its timer.
 * - While there is no connection, calls reject at once; see {@link keepConnected}.
 * - Values are handed to the client without a copy: leave them alone until the call has settled.
 *
 * The client is the official one, without its packages for JSON, search and the like: it is maintained by the
 * server's makers (who ask users of ioredis to move to it), has no dependencies, and asks for credentials anew for
 * each connection, as ElastiCache's short-lived tokens require.
 *
 * Resolves within `connectTimeout` even when the server cannot be reached; calls then connect by themselves.
 *
 * @throws {TypeError} for a URL that is not one
 * @example
 * const store = await createRedisStore({ url: 'rediss://:password@cache.example.com:6379' });
 */
export async function createRedisStore(options: RedisStoreOptions): Promise<CacheStore> {
  const { connectTimeout = seconds(2), silence = seconds(2), log, ca } = options;
  const endpoint = parseRedisUrl(options.url);
  const credentials = options.credentials ?? urlCredentials(endpoint);
  const connection = keepConnected((hooks) => connectRedis({ endpoint, credentials, ca, connectTimeout }, hooks), {
    connectTimeout,
    // A command that was given up must not be applied later than the protocol allows for.
    silence: milliseconds(Math.min(silence, LATE_WRITE)),
    warn: (message) => log?.warn(message),
  });
  await connection.attempted;
  return storeOver(connection, options);
}

function urlCredentials({ username, password }: RedisEndpoint): RedisStoreOptions['credentials'] {
  if (password === undefined) return undefined;
  return () => Promise.resolve({ password, ...(username === undefined ? {} : { username }) });
}

function storeOver(connection: ReturnType<typeof keepConnected>, defaults: CallDefaults): CacheStore {
  const calls = boundedCalls(defaults);

  /** Sends one command in one attempt of a call. */
  async function send(
    operation: string,
    key: string,
    args: readonly RedisArgument[],
    attempt: Attempt,
    takeBack?: AbortSignal,
  ): Promise<unknown> {
    try {
      return await connection.send(key, args, attempt, takeBack);
    } catch (error) {
      throw toStoreError(operation, error);
    }
  }

  async function readOne(operation: string, key: string, attempt: Attempt): Promise<Uint8Array | undefined> {
    return asBytes(operation, await send(operation, key, ['GET', key], attempt));
  }

  async function readBatch(keys: readonly string[], attempt: Attempt): Promise<(Uint8Array | undefined)[]> {
    const operation = 'redis.getMany';
    const [first = ''] = keys;
    // In a cluster the client makes of it one command for each slot.
    const found = await send(operation, first, ['MGET', ...keys], attempt);
    if (!Array.isArray(found) || found.length !== keys.length) throw unexpected(operation);
    return found.map((value) => asBytes(operation, value));
  }

  async function write(
    operation: string,
    { key, value, ttl }: { key: string; value: Uint8Array; ttl: Duration },
    attempt: Attempt,
  ): Promise<void> {
    await send(operation, key, ['SET', key, asBuffer(value), 'PX', lifetime(ttl)], attempt, attempt.signal);
  }

  async function writeBatch(writes: readonly PlainWrite[], attempt: Attempt): Promise<void> {
    const outcomes = await Promise.allSettled(writes.map((one) => write('redis.setMany', one, attempt)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /**
   * A conditional write. That the server refused it means a conflict only at the first attempt: at a later one, what
   * is there may be what an earlier attempt stored before its answer was lost.
   */
  function writeIf(
    operation: string,
    key: EntryKey,
    value: Uint8Array,
    options: CallOptions | undefined,
    write: (attempt: Attempt) => Promise<boolean>,
  ): Promise<boolean> {
    return calls.run(operation, options, async (attempt) => {
      if (await write(attempt)) return true;
      if (attempt.number === 1) return false;
      const found = await readOne(operation, key, attempt);
      return found !== undefined && equalBytes(found, value);
    });
  }

  return {
    name: 'redis',

    get: (key, options) => calls.run('redis.get', options, (attempt) => readOne('redis.get', key, attempt)),

    async getMany(keys, options) {
      const batches = chunk(keys, { ...BATCH, size: (key) => Buffer.byteLength(key) });
      const found = await calls.runBatches('redis.getMany', options, batches, readBatch);
      return found.flat();
    },

    ttlLeft: (key, options) =>
      calls.run('redis.ttlLeft', options, async (attempt) => {
        const left = await send('redis.ttlLeft', key, ['PTTL', key], attempt);
        if (typeof left !== 'number') throw unexpected('redis.ttlLeft');
        // Negative: there is nothing, or nothing that ends, which this store never writes.
        return left < 0 ? undefined : milliseconds(left);
      }),

    setIfAbsent: (key, value, ttl, options) =>
      writeIf('redis.setIfAbsent', key, value, options, async (attempt) => {
        const args = ['SET', key, asBuffer(value), 'NX', 'PX', lifetime(ttl)];
        return (await send('redis.setIfAbsent', key, args, attempt, attempt.signal)) !== null;
      }),

    setIfUnchanged: (key, value, expected, ttl, options) =>
      writeIf('redis.setIfUnchanged', key, value, options, (attempt) => {
        const sendOne = (args: readonly RedisArgument[]) => connection.send(key, args, attempt, attempt.signal);
        return setIfUnchanged(sendOne, key, asBuffer(value), asBuffer(expected), lifetime(ttl)).catch((error) => {
          throw toStoreError('redis.setIfUnchanged', error);
        });
      }),

    setAlways: (key, value, ttl, options) =>
      calls.run('redis.setAlways', options, (attempt) => write('redis.setAlways', { key, value, ttl }, attempt)),

    set: (key, value, ttl, options) =>
      calls.run('redis.set', once(options), (attempt) => write('redis.set', { key, value, ttl }, attempt)),

    async setMany(writes, options) {
      const batches = chunk(writes, { ...BATCH, size: ({ key, value }) => Buffer.byteLength(key) + value.byteLength });
      await calls.runBatches('redis.setMany', once(options), batches, writeBatch);
    },

    async close() {
      if (calls.close()) connection.close();
    },
  };
}

/** The server refuses a lifetime of zero. */
const lifetime = (ttl: Duration): string => String(Math.max(1, ttl));

/** The same bytes, as the only kind of them that the client takes. */
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function asBytes(operation: string, reply: unknown): Uint8Array | undefined {
  if (reply === null) return undefined;
  if (reply instanceof Uint8Array) return reply;
  throw unexpected(operation);
}

const unexpected = (operation: string): StoreUnavailable =>
  new StoreUnavailable(operation, 'the server answered something that was not asked for');
