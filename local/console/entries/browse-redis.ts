import { createClient, RESP_TYPES } from '@redis/client';
import { type CacheBrowser, MOST_LISTED, type StoredBytes } from './browse.ts';

/** Scans a Redis. Connects at the first look. */
export function browseRedis(url: string): CacheBrowser {
  // A look that has to wait for a connection is not worth waiting for: the page looks again.
  const client = createClient({ url, disableOfflineQueue: true });
  // Each failure comes back with the call, too; unheard, it would end the process.
  client.on('error', () => {});
  let connecting: Promise<unknown> | undefined;

  async function connected() {
    connecting ??= client.connect();
    await connecting;
    return client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  }

  async function find(key: string): Promise<StoredBytes | undefined> {
    const redis = await connected();
    const [bytes, ttl] = await Promise.all([redis.get(key), redis.pTTL(key)]);
    return bytes === null ? undefined : { key, bytes, ttl };
  }

  return {
    async list() {
      const redis = await connected();
      const found: StoredBytes[] = [];
      for await (const keys of redis.scanIterator({ COUNT: 1_000 })) {
        // Other types are not of this cache, and a GET of them is an error.
        const entries = await Promise.allSettled(keys.map((key) => find(key.toString())));
        for (const entry of entries) if (entry.status === 'fulfilled' && entry.value) found.push(entry.value);
        if (found.length >= MOST_LISTED) break;
      }
      return found;
    },
    find,
    async close() {
      if (client.isOpen) client.destroy();
    },
  };
}
