import { startRedisServer } from '../../../local/redis/redis-server.ts';
import { type Child, startChild } from '../child.ts';
import type { PartReport, Target } from '../report.ts';
import type { PartOptions } from '../run.ts';
import { median, medianRatio } from '../statistics.ts';
import type { ReadAnswer, ReadRequest, RedisWorkerOptions } from './worker.ts';

/** Against bentocache, its in-memory tier off, on one Redis server: processes of their own, which take turns. */
export async function runRedis({ runs, quick }: PartOptions): Promise<PartReport> {
  const server = await startRedisServer();
  const workers: Partial<Record<RedisWorkerOptions['cache'], Child<ReadRequest, ReadAnswer>>> = {};
  try {
    const start = (cache: RedisWorkerOptions['cache']) =>
      startChild<ReadRequest, ReadAnswer>('redis/worker.ts', { cache, url: server.url } satisfies RedisWorkerOptions);
    const ours = await start('ours');
    workers.ours = ours;
    const bentocache = await start('bentocache');
    workers.bentocache = bentocache;

    const results: Results = { hit: { ours: [], bentocache: [] }, miss: { ours: [], bentocache: [] } };
    const reads = quick ? 100 : 5_000;
    // The first run is for the compiler.
    for (let run = -1; run < runs; run += 1) {
      for (const kind of ['hit', 'miss'] as const) {
        const answers = { ours: await ours.ask({ kind, reads }), bentocache: await bentocache.ask({ kind, reads }) };
        if (run < 0) continue;
        results[kind].ours.push(answers.ours);
        results[kind].bentocache.push(answers.bentocache);
      }
    }
    return reportOf(results);
  } finally {
    for (const worker of Object.values(workers)) await worker.stop();
    await server.stop();
  }
}

type Results = Record<ReadRequest['kind'], Record<RedisWorkerOptions['cache'], ReadAnswer[]>>;

function reportOf(results: Results): PartReport {
  const kinds = ['hit', 'miss'] as const;
  const caches = ['bentocache', 'ours'] as const;
  const target = (what: string, figure: keyof ReadAnswer, bound: Target['bound']): Target => ({
    what,
    bound,
    measured: Object.fromEntries(
      kinds.map((kind) => {
        const { ours, bentocache } = results[kind];
        return [
          kind,
          medianRatio(
            ours.map((answer) => answer[figure]),
            bentocache.map((answer) => answer[figure]),
          ),
        ];
      }),
    ),
  });
  return {
    part: 'redis',
    about: 'A 1 KB item from Redis, 32 reads at once; a miss asks a table that takes no time, and stores the answer.',
    tables: [
      {
        title: 'cache',
        columns: ['reads/s', 'CPU µs/read'],
        rows: kinds.flatMap((kind) =>
          caches.map((cache) => [
            `${cache}, ${kind}`,
            median(results[kind][cache].map(({ readsPerSecond }) => readsPerSecond)),
            median(results[kind][cache].map(({ cpuPerRead }) => cpuPerRead)),
          ]),
        ),
      },
    ],
    targets: [
      target('reads/s over bentocache', 'readsPerSecond', { atLeast: 1 }),
      target('CPU per read over bentocache', 'cpuPerRead', { atMost: 1 }),
    ],
  };
}
