import { CredentialProvider } from '@gomomento/sdk';
import { createClient } from '@redis/client';
import type { TableKey } from '../../functions/model/keys.ts';
import { localClientConfig } from '../../local/aws.ts';
import type { Stack } from '../../local/start/stack.ts';
import { entryKey } from '../../shared/map/cache-key.ts';
import type { AnyEntity } from '../../shared/map/entity.ts';
import { createDynamoDBStore } from '../../shared/store/dynamodb.ts';
import { createMomentoStore } from '../../shared/store/momento.ts';
import type { CacheStore, EntryKey } from '../../shared/store/port.ts';
import { createRedisStore } from '../../shared/store/redis.ts';

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
export async function connectToCache(stack: Stack): Promise<CacheStore> {
  const { cache } = stack;
  switch (cache.store) {
    case 'momento': {
      const { hostname, port } = cache.server;
      const credential = CredentialProvider.forMomentoLocal({ hostname, port });
      return createMomentoStore({ cacheName: cacheAccess(stack).cacheName, credential });
    }
    case 'redis':
      return createRedisStore({ url: cache.url });
    case 'dynamodb':
      return createDynamoDBStore({ tableName: cache.tableName, client: localClientConfig(stack.dynamodbEndpoint) });
  }
}

/** The cache key of an item in a stack. */
export const keyInCache = (stack: Stack, entity: AnyEntity, key: TableKey): EntryKey =>
  entryKey(cacheAccess(stack).namespace, entity, { ...key });

/** Lets an entry expire. */
export async function expire(stack: Stack, entity: AnyEntity, key: TableKey): Promise<void> {
  const { cache } = stack;
  const cacheKey = keyInCache(stack, entity, key);
  switch (cache.store) {
    case 'momento':
      cache.server.storage.cache(cacheAccess(stack).cacheName)?.delete(Buffer.from(cacheKey));
      return;
    case 'redis': {
      const client = await createClient({ url: cache.url }).connect();
      await client.del(cacheKey);
      client.destroy();
      return;
    }
    case 'dynamodb':
      throw new Error('no test needs an entry to expire in DynamoDB: the clock of its clients decides there');
  }
}
