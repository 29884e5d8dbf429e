/** One cache over Redis in a process of its own, which reads when it is asked to. */
import { BentoCache, bentostore } from 'bentocache';
import { redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';
import { createReader } from '../../../shared/read/reader.ts';
import { createRedisStore } from '../../../shared/store/redis.ts';
import { argument, serve } from '../child.ts';
import { tableOfThings, thing, thingOf } from '../things.ts';

/** What a worker is told at its start. */
export interface RedisWorkerOptions {
  readonly cache: 'ours' | 'bentocache';
  readonly url: string;
}

export interface ReadRequest {
  readonly kind: 'hit' | 'miss';
  readonly reads: number;
}

export interface ReadAnswer {
  readonly readsPerSecond: number;
  /** Microseconds. */
  readonly cpuPerRead: number;
}

/** Reads under way at once, */
const CONCURRENCY = 32;

/** of so many hot keys: both would let reads of one key share an answer. */
const HOT = 1_000;

const { cache, url }: RedisWorkerOptions = JSON.parse(argument());
const read = cache === 'ours' ? await ours() : bento();
let next = 0;
for (let i = 0; i < HOT; i += 1) await read(`hot-${i}`);

serve<ReadRequest, ReadAnswer>(async ({ kind, reads }) => {
  let left = reads;
  const reading = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      next += 1;
      await read(kind === 'hit' ? `hot-${next % HOT}` : `cold-${next}`);
    }
  };
  const before = process.cpuUsage();
  const start = performance.now();
  await Promise.all(Array.from({ length: CONCURRENCY }, reading));
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { readsPerSecond: (reads / wall) * 1_000, cpuPerRead: (user + system) / reads };
});

async function ours(): Promise<(id: string) => Promise<unknown>> {
  const reader = createReader({ store: await createRedisStore({ url }), table: tableOfThings(), namespace: 'bench' });
  return (id) => reader.get(thing, { id });
}

function bento(): (id: string) => Promise<unknown> {
  const store = bentostore().useL2Layer(redisDriver({ connection: new Redis(url) }));
  const bentoCache = new BentoCache({ default: 'redis', stores: { redis: store } });
  return (key) => bentoCache.getOrSet({ key, ttl: '1h', factory: async () => thingOf(key) });
}
