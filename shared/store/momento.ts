import {
  type CacheClient,
  CacheGetBatchResponse,
  CacheGetResponse,
  CacheItemGetTtlResponse,
  CacheSetBatchResponse,
  CacheSetIfAbsentResponse,
  CacheSetIfEqualResponse,
  CacheSetIfNotEqualResponse,
  CacheSetResponse,
  type CredentialProvider,
} from '@gomomento/sdk';
import { LATE_WRITE } from '../protocol.ts';
import { type Duration, hours, milliseconds, seconds } from '../time.ts';
import type { Attempt } from './attempts.ts';
import { chunk } from './batches.ts';
import { equalBytes } from './bytes.ts';
import { boundedCalls, once } from './calls.ts';
import { StoreRejected, StoreUnavailable } from './errors.ts';
import { type ClientLog, connectClient } from './momento-client.ts';
import { toStoreError } from './momento-errors.ts';
import type { CacheStore, CallOptions, EntryKey, PlainKey, PlainWrite } from './port.ts';

export interface MomentoStoreOptions {
  /** An existing cache. */
  readonly cacheName: string;
  /** `CredentialProvider.fromApiKeyV2(…)`, or `CredentialProvider.forMomentoLocal(…)` for a local server. */
  readonly credential: CredentialProvider;
  /** Bound of a call that gives none; 1 s if left out. */
  readonly timeout?: Duration;
  /** Longest wait for any one attempt of a call that allows more; 1 s if left out. More than 5 s counts as 5 s. */
  readonly attemptTimeout?: Duration;
  /** How long to wait for the connection at the start, 2 s if left out. After that, the first call connects. */
  readonly connectTimeout?: Duration;
  /** Largest item (key and value) that the account may store, in bytes; Momento's default of 5 MB if left out. */
  readonly maxItemBytes?: number;
  /** Where the SDK's own messages go; silent if left out. */
  readonly log?: ClientLog;
}

/** Momento's limit for on-demand caches. */
const MAX_TTL = hours(24);

/** Keys of one batch call: a third of a second of CPU in a small function, so that a call fits in its time. */
const BATCH_KEYS = 1_000;

/**
 * Momento Cache as a store.
 *
 * - Every call is bounded by a timer of our own: the SDK's deadline does not cover batches. What is given up is
 *   cancelled, lest a process that is frozen then send a write when it thaws; but a single read is left to the SDK's
 *   deadline, because cancelling costs a hit more than its timer.
 * - The SDK retries nothing; reads and conditional writes are tried again as often as the call allows.
 * - A conditional write whose answer was lost is recognised by its bytes, which a nonce makes unique.
 * - Values are handed to the SDK without a copy: leave them alone until the call has settled.
 *
 * Resolves within `connectTimeout` even when the service cannot be reached; calls then connect by themselves.
 *
 * @example
 * const store = await createMomentoStore({ cacheName: 'users', credential: CredentialProvider.fromApiKeyV2(…) });
 */
export async function createMomentoStore(options: MomentoStoreOptions): Promise<CacheStore> {
  const { credential, attemptTimeout = seconds(1), connectTimeout = seconds(2), log } = options;
  const { maxItemBytes = 5 * 1024 * 1024 } = options;
  // The value and the value to compare it with travel in one message.
  const maxMessageBytes = 2 * maxItemBytes + 64 * 1024;
  // A call that was given up must not be applied later than the protocol allows for.
  const deadline = milliseconds(Math.min(attemptTimeout, LATE_WRITE));
  const client = await connectClient({ credential, deadline, connectTimeout, maxMessageBytes, log });
  return storeOver(client, { ...options, attemptTimeout, maxItemBytes });
}

type Settings = MomentoStoreOptions & Required<Pick<MomentoStoreOptions, 'attemptTimeout' | 'maxItemBytes'>>;

function storeOver(client: CacheClient, settings: Settings): CacheStore {
  const { cacheName, maxItemBytes } = settings;
  // A closed store must not reach the SDK, which would open a new connection for a call on a closed client.
  const { run, runBatches, close } = boundedCalls(settings);

  async function readOne(operation: string, key: string): Promise<Uint8Array | undefined> {
    const response = await client.get(cacheName, key);
    switch (response.type) {
      case CacheGetResponse.Hit:
        return response.valueUint8Array();
      case CacheGetResponse.Miss:
        return undefined;
      case CacheGetResponse.Error:
        throw toStoreError(operation, response.innerException());
    }
  }

  async function readBatch(keys: string[], { signal: abortSignal }: Attempt): Promise<(Uint8Array | undefined)[]> {
    const operation = 'momento.getMany';
    const response = await client.getBatch(cacheName, keys, { abortSignal });
    if (response.type === CacheGetBatchResponse.Error) throw toStoreError(operation, response.innerException());
    const results = response.results();
    assertComplete(operation, results.length, keys.length);
    return results.map((result) => {
      if (result.type === CacheGetResponse.Error) throw toStoreError(operation, result.innerException());
      return result.type === CacheGetResponse.Hit ? result.valueUint8Array() : undefined;
    });
  }

  async function writeBatch(writes: readonly PlainWrite[], { signal: abortSignal }: Attempt): Promise<void> {
    const operation = 'momento.setMany';
    const items = writes.map(({ key, value, ttl }) => ({ key, value, ttl: wholeSeconds(ttl) }));
    const response = await client.setBatch(cacheName, items, { abortSignal });
    if (response.type === CacheSetBatchResponse.Error) throw toStoreError(operation, response.innerException());
    const results = response.results();
    for (const result of results) {
      if (result.type === CacheSetResponse.Error) throw toStoreError(operation, result.innerException());
    }
    assertComplete(operation, results.length, items.length);
  }

  /**
   * A conditional write. That the service refused it means a conflict only at the first attempt: at a later one, what
   * is there may be what an earlier attempt stored before its answer was lost.
   */
  function writeIf(
    operation: string,
    key: EntryKey,
    value: Uint8Array,
    call: CallOptions | undefined,
    write: (signal: AbortSignal) => Promise<boolean>,
  ): Promise<boolean> {
    return run(operation, call, async ({ number, signal }) => {
      assertSize(operation, key, value);
      if (await write(signal)) return true;
      if (number === 1) return false;
      const found = await readOne(operation, key);
      return found !== undefined && equalBytes(found, value);
    });
  }

  function assertSize(operation: string, key: string, value: Uint8Array): void {
    const size = Buffer.byteLength(key) + value.byteLength;
    if (size <= maxItemBytes) return;
    const problem = `an item of ${size} bytes is larger than the limit of ${maxItemBytes}`;
    throw new StoreRejected(operation, 'too-large', problem);
  }

  return {
    name: 'momento',
    maxTtl: MAX_TTL,

    get: (key, call) => run('momento.get', call, () => readOne('momento.get', key)),

    async getMany(keys, call) {
      const batches = chunk(keys, { count: BATCH_KEYS, bytes: maxItemBytes, size: (key) => Buffer.byteLength(key) });
      const found = await runBatches('momento.getMany', call, batches, readBatch);
      return found.flat();
    },

    ttlLeft: (key, call) =>
      run('momento.ttlLeft', call, async () => {
        const response = await client.itemGetTtl(cacheName, key);
        switch (response.type) {
          case CacheItemGetTtlResponse.Hit:
            return milliseconds(response.remainingTtlMillis());
          case CacheItemGetTtlResponse.Miss:
            return undefined;
          case CacheItemGetTtlResponse.Error:
            throw toStoreError('momento.ttlLeft', response.innerException());
        }
      }),

    setIfAbsent: (key, value, ttl, call) =>
      writeIf('momento.setIfAbsent', key, value, call, async (abortSignal) => {
        const options = { ttl: wholeSeconds(ttl), abortSignal };
        const response = await client.setIfAbsent(cacheName, key, value, options);
        if (response.type !== CacheSetIfAbsentResponse.Error) return response.type === CacheSetIfAbsentResponse.Stored;
        throw toStoreError('momento.setIfAbsent', response.innerException());
      }),

    setIfUnchanged: (key, value, expected, ttl, call) =>
      writeIf('momento.setIfUnchanged', key, value, call, async (abortSignal) => {
        const options = { ttl: wholeSeconds(ttl), abortSignal };
        const response = await client.setIfEqual(cacheName, key, value, expected, options);
        if (response.type !== CacheSetIfEqualResponse.Error) return response.type === CacheSetIfEqualResponse.Stored;
        throw toStoreError('momento.setIfUnchanged', response.innerException());
      }),

    setAlways: (key, value, ttl, call) =>
      run('momento.setAlways', call, async ({ signal: abortSignal }) => {
        assertSize('momento.setAlways', key, value);
        // No other entry has this nonce, so "not equal to itself" is always true, and where it is not, it is there.
        const options = { ttl: wholeSeconds(ttl), abortSignal };
        const response = await client.setIfNotEqual(cacheName, key, value, value, options);
        if (response.type !== CacheSetIfNotEqualResponse.Error) return;
        throw toStoreError('momento.setAlways', response.innerException());
      }),

    set: (key, value, ttl, call) =>
      run('momento.set', once(call), async ({ signal: abortSignal }) => {
        assertSize('momento.set', key, value);
        const response = await client.set(cacheName, key, value, { ttl: wholeSeconds(ttl), abortSignal });
        if (response.type === CacheSetResponse.Error) throw toStoreError('momento.set', response.innerException());
      }),

    async setMany(writes, call) {
      for (const { key, value } of writes) assertSize('momento.setMany', key, value);
      const batches = chunk(writes, { count: BATCH_KEYS, bytes: maxItemBytes, size: itemBytes });
      await runBatches('momento.setMany', once(call), batches, writeBatch);
    },

    async close() {
      if (close()) client.close();
    },
  };
}

/** The service takes whole seconds, and takes zero for "the default". */
const wholeSeconds = (ttl: Duration): number => Math.max(1, Math.ceil(Math.min(ttl, MAX_TTL) / 1_000));

const itemBytes = ({ key, value }: { key: PlainKey; value: Uint8Array }): number =>
  Buffer.byteLength(key) + value.byteLength;

/** A stream that ends early ends like one that is complete, and would shift or lose what its caller asked for. */
function assertComplete(operation: string, answered: number, asked: number): void {
  if (answered === asked) return;
  throw new StoreUnavailable(operation, `the answer has ${answered} parts for the ${asked} that were asked for`);
}
