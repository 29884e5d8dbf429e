import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CacheMap } from '../shared/map/cache-map.ts';
import { createTableReader, type TableReader } from '../shared/read/table.ts';
import { cacheIdentity } from '../shared/runtime/cache-identity.ts';
import { ConfigurationError, readEnvironment } from '../shared/runtime/environment.ts';
import { requireTableName } from '../shared/runtime/table-name.ts';
import type { CacheStore } from '../shared/store/port.ts';
import { type Clock, systemClock } from '../shared/time.ts';
import { loadCacheMap } from './cache-map.ts';
import { type CacheOptions, configuredBy } from './options.ts';

/** A table and its cache, as the functions see them. */
export interface Connection {
  readonly map: CacheMap;
  /** First part of every cache key. */
  readonly namespace: string;
  readonly store: CacheStore;
  readonly table: TableReader;
  /** Name or ARN, for requests that {@link TableReader} does not make. */
  readonly tableName: string;
  readonly client: DynamoDBClient;
  readonly clock: Clock;
  /** Names the table and the cache: two connections have the same exactly when they are to the same. */
  readonly identity: readonly string[];
  close(): Promise<void>;
}

/**
 * Connects, for as long as some work takes, to what the flags and the environment name, by the code that configures the
 * functions.
 *
 * @throws {ConfigurationError} that names the variable or file which is missing or wrong
 */
export async function withConnection<Result>(
  options: CacheOptions,
  environment: NodeJS.ProcessEnv,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await connect(options, environment);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

async function connect(options: CacheOptions, environment: NodeJS.ProcessEnv): Promise<Connection> {
  const settings = readEnvironment(configuredBy(options, environment));
  if (settings.cache.store === 'memory') {
    throw new ConfigurationError('CACHE_STORE is memory, which ends with its process: name another with --store.');
  }
  const tableName = requireTableName(settings.tableName);
  const map = await loadCacheMap(options.map);

  // What the store logs comes back with the call that failed as well, and JSON lines are not for a terminal.
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  const [{ DynamoDBClient }, { connectStore }] = await Promise.all([
    import('@aws-sdk/client-dynamodb'),
    import('../shared/runtime/clients.ts'),
  ]);
  const store = await connectStore(settings);
  const client = new DynamoDBClient({});
  return {
    map,
    namespace: settings.namespace,
    store,
    table: createTableReader(client, tableName),
    tableName,
    client,
    clock: systemClock,
    identity: [tableName, cacheIdentity(settings.cache)],
    async close() {
      client.destroy();
      await store.close();
    },
  };
}
