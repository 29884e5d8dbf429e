import { createTableReader, type TableReader } from '../read/table.ts';
import { createMemoryStore } from '../store/memory.ts';
import type { CacheStore } from '../store/port.ts';
import { type CacheConfiguration, type Environment, requireTableName } from './environment.ts';
import { once } from './once.ts';
import { runtimeOverrides } from './overrides.ts';
import { logger } from './powertools.ts';

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
 * The table of this process.
 *
 * @throws {ConfigurationError} when `TABLE_NAME` is missing
 */
export async function connectTable(environment: Environment): Promise<TableReader> {
  const { table } = runtimeOverrides();
  if (table !== undefined) return table;
  const tableName = requireTableName(environment);
  const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
  return createTableReader(new DynamoDBClient({}), tableName);
}

const processStore = once((cache: CacheConfiguration): Promise<CacheStore> => {
  switch (cache.store) {
    case 'memory':
      return Promise.resolve(createMemoryStore());
    case 'momento':
      return connectMomento(cache);
  }
});

async function connectMomento(cache: Extract<CacheConfiguration, { store: 'momento' }>): Promise<CacheStore> {
  const [{ createMomentoStore }, { momentoCredential }] = await Promise.all([
    import('../store/momento.ts'),
    import('./credential.ts'),
  ]);
  return createMomentoStore({ cacheName: cache.cacheName, credential: await momentoCredential(cache), log: sdkLog });
}

/** The SDK tells of each reconnection at info; what matters of its errors comes back with the call that failed. */
const sdkLog = {
  info: (message: string): void => logger.debug(message),
  warn: (message: string): void => logger.warn(message),
  error: (message: string): void => logger.warn(message),
};
