import { randomUUID } from 'node:crypto';
import { readEnvironment } from '../../shared/runtime/environment.ts';
import { createMemoryStore } from '../../shared/store/memory.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import type { Clock } from '../../shared/time.ts';

/** The stores that events can be replayed into. */
export const STORE_NAMES = ['momento', 'memory'] as const;
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
 * Opens a store: in memory, or the real SDK against an embedded server, or against Momento itself where
 * `MOMENTO_API_KEY` is set (the cache `CACHE_NAME` must exist there).
 *
 * @param clock decides when entries expire; Momento itself goes by its own
 * @throws {ConfigurationError} for a key that cannot be used
 */
export async function openStore(name: StoreName, clock: Clock, variables: NodeJS.ProcessEnv): Promise<ReplayStore> {
  if (name === 'memory') return inMemory(clock);
  return variables.MOMENTO_API_KEY ? overMomento(variables) : overEmbeddedServer(clock);
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
  const namespace = `${NAMESPACE}-${randomUUID().slice(0, 8)}`;
  return { store, namespace, description, mixedKeys: () => [], close: () => store.close() };
}

const EMBEDDED_CACHE = 'replay';
const NAMESPACE = 'replay';
