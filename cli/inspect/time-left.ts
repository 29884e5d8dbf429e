import { StoreRejected } from '../../shared/store/errors.ts';
import type { CacheStore, EntryKey, PlainKey } from '../../shared/store/port.ts';
import type { Duration } from '../../shared/time.ts';

/**
 * How much longer an entry is there; `undefined` where there is none, or nobody may tell: readers and writers never ask
 * for it, so that a Redis user who may do all that they do need not be allowed to.
 *
 * @throws {StoreError} when the cache fails
 */
export async function timeLeft(
  store: Pick<CacheStore, 'ttlLeft'>,
  key: EntryKey | PlainKey,
): Promise<Duration | undefined> {
  try {
    return await store.ttlLeft?.(key);
  } catch (error) {
    if (error instanceof StoreRejected) return undefined;
    throw error;
  }
}
