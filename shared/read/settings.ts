import type { CacheStore } from '../store/port.ts';
import { type Clock, type Duration, milliseconds } from '../time.ts';
import type { ReadObserver } from './outcome.ts';
import type { TableReader } from './table.ts';

/** What a reader is made of. */
export interface ReaderOptions {
  readonly store: CacheStore;
  readonly table: TableReader;
  /** First part of every cache key, see `CACHE_NAMESPACE`. */
  readonly namespace: string;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Uniform in [0, 1); for TTL jitter. Default: `Math.random`. */
  readonly random?: () => number;
  readonly settings?: Partial<ReaderSettings>;
  readonly observer?: ReadObserver;
}

/** The same, with nothing left open. */
export interface ReadDependencies extends Required<Omit<ReaderOptions, 'settings'>> {
  readonly settings: ReaderSettings;
}

/** What a reader waits for, and how it spreads expiry. */
export interface ReaderSettings {
  /** How long the cache may take to answer before the table is asked instead. */
  readonly cacheTimeout: Duration;
  /** How long a fill may hold up the answer. A fill is awaited: a process may be frozen once it has answered. */
  readonly fillTimeout: Duration;
  /** Share of a TTL, from 0 to 1, by which a fill's TTL is shortened at random, so that entries do not expire together. */
  readonly ttlJitter: number;
  /** Fills under way at once for one `getMany`. */
  readonly fillConcurrency: number;
}

export const DEFAULT_READER_SETTINGS: ReaderSettings = {
  cacheTimeout: milliseconds(250),
  fillTimeout: milliseconds(500),
  ttlJitter: 0.1,
  fillConcurrency: 32,
};
