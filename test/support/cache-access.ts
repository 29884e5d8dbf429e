import { CredentialProvider } from '@gomomento/sdk';
import type { TableKey } from '../../functions/model/keys.ts';
import type { Stack } from '../../local/start/stack.ts';
import { entryKey } from '../../shared/map/cache-key.ts';
import type { AnyEntity } from '../../shared/map/entity.ts';
import { createMomentoStore } from '../../shared/store/momento.ts';
import type { CacheStore, EntryKey } from '../../shared/store/port.ts';

/** How the synchronizer of a stack reaches the cache, for a test to do the same. */
export interface CacheAccess {
  readonly cacheName: string;
  readonly namespace: string;
}

export function cacheAccess({ template, functions }: Stack): CacheAccess {
  const synchronizer = template.functions.find(({ bundle }) => bundle === 'sync');
  const { CACHE_NAME: cacheName, CACHE_NAMESPACE: namespace } =
    synchronizer === undefined ? {} : functions.environment(synchronizer);
  if (cacheName === undefined || namespace === undefined) throw new Error('template.yaml names no cache for sync');
  return { cacheName, namespace };
}

/** Another client of the stack's cache. To be closed. */
export const connectToCache = (stack: Stack): Promise<CacheStore> =>
  createMomentoStore({
    cacheName: cacheAccess(stack).cacheName,
    credential: CredentialProvider.forMomentoLocal({ hostname: stack.momento.hostname, port: stack.momento.port }),
  });

/** The cache key of an item in a stack. */
export const keyInCache = (stack: Stack, entity: AnyEntity, key: TableKey): EntryKey =>
  entryKey(cacheAccess(stack).namespace, entity, { ...key });

/** Lets an entry expire. */
export function expire(stack: Stack, entity: AnyEntity, key: TableKey): void {
  const cache = stack.momento.storage.cache(cacheAccess(stack).cacheName);
  cache?.delete(Buffer.from(keyInCache(stack, entity, key)));
}
