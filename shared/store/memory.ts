import { type Clock, type Duration, milliseconds, systemClock } from '../time.ts';
import { equalBytes } from './bytes.ts';
import { StoreRejected, StoreUnavailable } from './errors.ts';
import { createExpiringMap, type ExpiringMap } from './expiring-map.ts';
import type { CacheStore } from './port.ts';

export interface MemoryStoreOptions {
  /** Decides when entries expire. The system's clock if left out. */
  readonly clock?: Clock;
  /** Longer TTLs are cut to this. No limit if left out. */
  readonly maxTtl?: Duration;
  /** Largest value that is accepted, in bytes; a larger one is rejected as `too-large`. No limit if left out. */
  readonly maxValueBytes?: number;
  /** What is stored, for several stores that stand for several clients of one cache. Its own if left out. */
  readonly entries?: ExpiringMap<Uint8Array>;
}

/**
 * A store in this process's memory: for tests, the replay and the simulator, and as the reference that the other
 * stores are held against. Values are copied in and out, so that nobody shares bytes with the store.
 *
 * @example const store = createMemoryStore({ clock })
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): CacheStore {
  const { clock = systemClock, maxTtl, maxValueBytes = Number.POSITIVE_INFINITY } = options;
  const { entries = createExpiringMap<Uint8Array>(() => clock.now()) } = options;
  let closed = false;

  function assertOpen(operation: string): void {
    if (closed) throw new StoreUnavailable(`memory.${operation}`, 'the store is closed');
  }

  function write(operation: string, key: string, value: Uint8Array, ttl: Duration): void {
    if (value.byteLength > maxValueBytes) {
      const problem = `a value of ${value.byteLength} bytes is larger than the limit of ${maxValueBytes}`;
      throw new StoreRejected(`memory.${operation}`, 'too-large', problem);
    }
    entries.set(key, value.slice(), clock.now() + (maxTtl === undefined ? ttl : Math.min(ttl, maxTtl)));
  }

  // Each operation runs to its end without awaiting anything: that is what makes it atomic.
  return {
    name: 'memory',
    ...(maxTtl === undefined ? {} : { maxTtl }),

    async get(key) {
      assertOpen('get');
      return entries.get(key)?.value.slice();
    },
    async getMany(keys) {
      assertOpen('getMany');
      return keys.map((key) => entries.get(key)?.value.slice());
    },
    async ttlLeft(key) {
      assertOpen('ttlLeft');
      const found = entries.get(key);
      return found === undefined ? undefined : milliseconds(Math.max(0, found.expiresAt - clock.now()));
    },
    async setIfAbsent(key, value, ttl) {
      assertOpen('setIfAbsent');
      if (entries.get(key) !== undefined) return false;
      write('setIfAbsent', key, value, ttl);
      return true;
    },
    async setIfUnchanged(key, value, expected, ttl) {
      assertOpen('setIfUnchanged');
      const found = entries.get(key);
      if (found === undefined || !equalBytes(found.value, expected)) return false;
      write('setIfUnchanged', key, value, ttl);
      return true;
    },
    async setAlways(key, value, ttl) {
      assertOpen('setAlways');
      write('setAlways', key, value, ttl);
    },
    async set(key, value, ttl) {
      assertOpen('set');
      write('set', key, value, ttl);
    },
    async setMany(writes) {
      assertOpen('setMany');
      for (const { key, value, ttl } of writes) write('setMany', key, value, ttl);
    },
    async close() {
      closed = true;
    },
  };
}
