import type { Duration } from '../time.ts';

/**
 * Key of an entry (an item, or the absence of one). Made by `shared/map` only.
 *
 * Entries are written through the conditional family alone. Momento's API reference forbids mixing check-and-set
 * calls with the plain `Set`/`Delete` on the same key ("undefined consistency behaviors"), so the two kinds of key
 * are two types.
 */
export type EntryKey = string & { readonly __key: 'entry' };

/** Key of a generation or a page (collections). Written plainly; never conditionally, never deleted. */
export type PlainKey = string & { readonly __key: 'plain' };

/** Bounds on one call. */
export interface CallOptions {
  /**
   * The call settles within this time, whatever the network does: with its result, or with {@link StoreUnavailable}.
   * Retries are included. A write that timed out may still be applied later; the protocol allows for that.
   */
  readonly timeout?: Duration;
  /**
   * How often the call may be tried in all. Readers ask once (the table is their retry); sync asks several times.
   * Ignored by {@link CacheStore.set} and {@link CacheStore.setMany}, which are attempted once.
   */
  readonly attempts?: number;
}

/** One plain write. */
export interface PlainWrite {
  readonly key: PlainKey;
  readonly value: Uint8Array;
  readonly ttl: Duration;
}

/**
 * A cache. Small on purpose: what the protocol needs and nothing else. Every implementation passes the contract suite
 * in `test/contract`. All operations are atomic per key.
 *
 * Errors are {@link StoreUnavailable}, {@link StoreThrottled} and {@link StoreRejected}, never a vendor's own.
 */
export interface CacheStore {
  /** For logs and metrics: `momento`, `redis`, `dynamodb`, `memory`. */
  readonly name: string;
  /** Longest TTL that the service keeps; a longer one is cut to it. */
  readonly maxTtl?: Duration;
  /** Writes at once, beyond which they would only queue in the client; no such number if left out. */
  readonly concurrency?: number;

  /** The stored bytes, or `undefined` where there are none. */
  get(key: EntryKey | PlainKey, options?: CallOptions): Promise<Uint8Array | undefined>;
  /** The same for many keys, in their order, in as few round trips as the service allows. */
  getMany(keys: readonly (EntryKey | PlainKey)[], options?: CallOptions): Promise<(Uint8Array | undefined)[]>;

  /**
   * How much longer the key lives; `undefined` where there is nothing. For the eyes of an operator: the protocol never
   * asks, so a store that cannot tell may leave it out.
   */
  ttlLeft?(key: EntryKey | PlainKey, options?: CallOptions): Promise<Duration | undefined>;

  /**
   * Writes where there is nothing. `true`: what is there now is `value` (also when an answer was lost on the way and
   * the write turns out to be ours); `false`: something else is there.
   */
  setIfAbsent(key: EntryKey, value: Uint8Array, ttl: Duration, options?: CallOptions): Promise<boolean>;
  /** Writes where exactly `expected` is. `true` and `false` as for {@link setIfAbsent}; an expired entry is not there. */
  setIfUnchanged(
    key: EntryKey,
    value: Uint8Array,
    expected: Uint8Array,
    ttl: Duration,
    options?: CallOptions,
  ): Promise<boolean>;
  /** Writes whatever is there, within the conditional family. */
  setAlways(key: EntryKey, value: Uint8Array, ttl: Duration, options?: CallOptions): Promise<void>;

  /**
   * Plain write, attempted exactly once. A retry could be overtaken by its first attempt arriving late, which would
   * bring a replaced generation back and with it the pages that were stored under it.
   */
  set(key: PlainKey, value: Uint8Array, ttl: Duration, options?: CallOptions): Promise<void>;
  /** The same for many keys; not atomic across them. Rejects when any write is not confirmed. Attempted once. */
  setMany(writes: readonly PlainWrite[], options?: CallOptions): Promise<void>;

  /** Releases connections. Idempotent. */
  close(): Promise<void>;
}
