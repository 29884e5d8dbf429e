import type { MomentoStorage } from '../../momento/storage.ts';
import { type CacheBrowser, MOST_LISTED, type StoredBytes } from './browse.ts';

/** Looks into the memory of the embedded server. */
export function browseMomento(storage: MomentoStorage, cacheNames: ReadonlySet<string | undefined>): CacheBrowser {
  const caches = [...cacheNames].flatMap((name) => (name === undefined ? [] : (storage.cache(name) ?? [])));

  const find = (key: Uint8Array): StoredBytes | undefined => {
    for (const cache of caches) {
      const found = cache.get(key);
      if (found !== undefined) return { key: Buffer.from(key).toString(), bytes: found.value, ttl: found.remainingTtl };
    }
    return undefined;
  };
  return {
    list: async () =>
      caches
        .flatMap((cache) => cache.keys())
        .slice(0, MOST_LISTED)
        .flatMap((key) => find(key) ?? []),
    find: async (key) => find(Buffer.from(key)),
    close: async () => {},
  };
}
