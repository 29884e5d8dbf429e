import { randomUUID } from 'node:crypto';
import { ConfigurationError, readEnvironment } from '../../shared/runtime/environment.ts';
import { createMemoryStore } from '../../shared/store/memory.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import type { Clock } from '../../shared/time.ts';

/** The stores that events can be replayed into. */
export const STORE_NAMES = ['momento', 'redis', 'memory'] as const;
export type StoreName = (typeof STORE_NAMES)[number];

/** An empty cache to replay into. */
export interface ReplayStore {
  readonly store: CacheStore;
  /** First part of the cache keys: a new one where the cache outlives the replay, and may hold what an earlier one left. */
  readonly namespace: string;
  /** What it is, for the reader of the report. */
  readonly description: string;
  /** Keys that were written both conditionally and plainly, which Momento forbids; known of the embedded server only. */
  mixedKeys(): readonly string[];
  close(): Promise<void>;
}

// The SDK and the server are loaded where they are used: they are most of what a start costs.

/**
 * Opens a store: in memory; the real SDK against an embedded server, or against Momento itself where `MOMENTO_API_KEY`
 * is set (the cache `CACHE_NAME` must exist there); the Redis of `REDIS_URL`, or one that is started for it.
 *
 * @param clock decides when entries expire; Momento itself and Redis go by their own
 * @throws {ConfigurationError} for a key that cannot be used, and where there is no Redis
 */
export async function openStore(name: StoreName, clock: Clock, variables: NodeJS.ProcessEnv): Promise<ReplayStore> {
  switch (name) {
    case 'memory':
      return inMemory(clock);
    case 'momento':
      return variables.MOMENTO_API_KEY ? overMomento(variables) : overEmbeddedServer(clock);
    case 'redis':
      return overRedis(variables);
  }
}

function inMemory(clock: Clock): ReplayStore {
  const store = createMemoryStore({ clock });
  return { store, namespace: NAMESPACE, description: 'memory', mixedKeys: () => [], close: () => store.close() };
}

async function overEmbeddedServer(clock: Clock): Promise<ReplayStore> {
  const [{ CredentialProvider }, { createMomentoStore }, { startMomentoServer }] = await Promise.all([
    import('@gomomento/sdk'),
    import('../../shared/store/momento.ts'),
    import('../momento/server.ts'),
  ]);
  const server = await startMomentoServer({ caches: [EMBEDDED_CACHE], clock });
  const credential = CredentialProvider.forMomentoLocal({ hostname: server.hostname, port: server.port });
  const store = await createMomentoStore({ cacheName: EMBEDDED_CACHE, credential });
  return {
    store,
    namespace: NAMESPACE,
    description: 'Momento SDK over gRPC, embedded server',
    mixedKeys: () => server.stats.mixedKeys(),
    async close() {
      await store.close();
      await server.close();
    },
  };
}

async function overMomento(variables: NodeJS.ProcessEnv): Promise<ReplayStore> {
  const { cache } = readEnvironment({ ...variables, CACHE_STORE: 'momento' });
  if (cache.store !== 'momento') throw new TypeError('the environment does not describe a Momento cache');
  const [{ createMomentoStore }, { momentoCredential }] = await Promise.all([
    import('../../shared/store/momento.ts'),
    import('../../shared/runtime/credential.ts'),
  ]);
  const store = await createMomentoStore({ cacheName: cache.cacheName, credential: await momentoCredential(cache) });
  const description = `Momento, cache "${cache.cacheName}"`;
  return { store, namespace: newNamespace(), description, mixedKeys: () => [], close: () => store.close() };
}

async function overRedis(variables: NodeJS.ProcessEnv): Promise<ReplayStore> {
  const [{ createRedisStore }, { hostOf, RedisMissing, RedisUnusable, requireRedis, startRedisServer }] =
    await Promise.all([import('../../shared/store/redis.ts'), import('../redis/redis-server.ts')]);
  const given = variables.REDIS_URL;
  try {
    if (given) await requireRedis(given);
    const server = given ? undefined : await startRedisServer();
    const url = given || server?.url || '';
    const store = await createRedisStore({ url });
    return {
      store,
      namespace: newNamespace(),
      description: `Redis at ${hostOf(url)}`,
      mixedKeys: () => [],
      async close() {
        await store.close();
        await server?.stop();
      },
    };
  } catch (error) {
    if (!(error instanceof RedisMissing || error instanceof RedisUnusable)) throw error;
    throw new ConfigurationError(error.message, { cause: error });
  }
}

const EMBEDDED_CACHE = 'replay';
const NAMESPACE = 'replay';

const newNamespace = (): string => `${NAMESPACE}-${randomUUID().slice(0, 8)}`;
