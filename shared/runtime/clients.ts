import type { TableReader } from '../read/table.ts';
import { createMemoryStore } from '../store/memory.ts';
import type { CacheStore } from '../store/port.ts';
import type { CacheConfiguration, MomentoConfiguration, RedisConfiguration } from './cache-environment.ts';
import type { Environment } from './environment.ts';
import { once } from './once.ts';
import { runtimeOverrides } from './overrides.ts';
import { logger } from './powertools.ts';
import { requireTableName } from './table-name.ts';

/**
 * The store of this process, connected when a function starts and kept across its invocations. Each kind is loaded
 * only where it is used: a client is most of what a cold start costs.
 *
 * Resolves within a bound even when the cache is down; the function then starts, and its calls connect by themselves.
 *
 * @throws {ConfigurationError} when there is no usable credential
 */
export async function connectStore({ cache }: Environment): Promise<CacheStore> {
  return runtimeOverrides().store ?? (await processStore(cache));
}

/**
 * The table of this process. Its client is loaded with the first question: a function whose first answer is a hit, or
 * that never has to ask, starts without it.
 *
 * @throws {ConfigurationError} when `TABLE_NAME` is missing
 */
export async function connectTable(environment: Environment): Promise<TableReader> {
  const { table } = runtimeOverrides();
  if (table !== undefined) return table;
  const tableName = requireTableName(environment.tableName);
  const loaded = once(loadTable);
  return {
    get: async (key) => (await loaded(tableName)).get(key),
    getMany: async (keys) => (await loaded(tableName)).getMany(keys),
    query: async (request, page) => (await loaded(tableName)).query(request, page),
  };
}

async function loadTable(tableName: string): Promise<TableReader> {
  const [{ DynamoDBClient }, { createTableReader }] = await Promise.all([
    import('@aws-sdk/client-dynamodb'),
    import('../read/table.ts'),
  ]);
  return createTableReader(new DynamoDBClient({}), tableName);
}

const processStore = once((cache: CacheConfiguration): Promise<CacheStore> => {
  switch (cache.store) {
    case 'memory':
      return Promise.resolve(createMemoryStore());
    case 'momento':
      return connectMomento(cache);
    case 'redis':
      return connectRedis(cache);
    case 'dynamodb':
      return openTable(cache.tableName);
  }
});

async function connectMomento(cache: MomentoConfiguration): Promise<CacheStore> {
  const [{ createMomentoStore }, { momentoCredential }] = await Promise.all([
    import('../store/momento.ts'),
    import('./credential.ts'),
  ]);
  return createMomentoStore({ cacheName: cache.cacheName, credential: await momentoCredential(cache), log: sdkLog });
}

async function connectRedis(cache: RedisConfiguration): Promise<CacheStore> {
  const [{ createRedisStore }, { redisCredentials }] = await Promise.all([
    import('../store/redis.ts'),
    import('./redis-credentials.ts'),
  ]);
  const credentials = redisCredentials(cache);
  // A password that cannot be had is a mistake to tell of now, and not with each call.
  await credentials?.();
  return createRedisStore({ url: cache.url, credentials, log: logger });
}

async function openTable(tableName: string): Promise<CacheStore> {
  const { createDynamoDBStore } = await import('../store/dynamodb.ts');
  return createDynamoDBStore({ tableName });
}

/** The SDK tells of each reconnection at info; what matters of its errors comes back with the call that failed. */
const sdkLog = {
  info: (message: string): void => logger.debug(message),
  warn: (message: string): void => logger.warn(message),
  error: (message: string): void => logger.warn(message),
};
