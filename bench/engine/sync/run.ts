import { seconds } from '../../../shared/time.ts';
import { type CacheProcess, startCacheProcess } from '../cache-process.ts';
import { type Child, startChild } from '../child.ts';
import { type FigureTable, type PartReport, shown, type Target } from '../report.ts';
import type { PartOptions } from '../run.ts';
import { median, medianRatio } from '../statistics.ts';
import { CONTESTANTS, type ContestantName } from './contestants.ts';
import type { WorkAnswer, WorkerOptions, WorkRequest } from './worker.ts';
import { KEYS, OWNERS } from './workload.ts';

/**
 * Sync throughput: the same events through our stream consumer and through the handlers that one would write instead.
 * Every contestant has a process of its own; they take turns, so that what disturbs the machine disturbs them all.
 */
export async function runSync({ runs, seed, quick }: PartOptions): Promise<PartReport> {
  const cache = await startCacheProcess();
  const workers = new Map<ContestantName, Worker>();
  try {
    await Promise.all(
      (quick ? QUICK_NAMES : NAMES).map(async (contestant) => {
        const options: WorkerOptions = { contestant, endpoint: cache.endpoint, seed };
        workers.set(contestant, await startChild('sync/worker.ts', options));
      }),
    );
    for (const worker of workers.values())
      await worker.ask(
        quick ? { kind: 'warm-up', items: 100, time: 0 } : { kind: 'warm-up', items: KEYS, time: WARM_UP },
      );

    const cells: Cell[] = [];
    for (const latency of quick ? [0] : LATENCIES) {
      await cache.setLatency(latency);
      for (const batch of quick ? [100] : BATCHES)
        cells.push(await measureCell({ batch, latency }, runs, workers, cache));
    }
    return reportOf(cells);
  } finally {
    for (const worker of workers.values()) await worker.stop();
    await cache.stop();
  }
}

type Worker = Child<WorkRequest, WorkAnswer>;

const NAMES = Object.keys(CONTESTANTS).filter((name): name is ContestantName => name in CONTESTANTS);
const QUICK_NAMES = ['parallel', 'refresh', 'generations'] as const;
const BATCHES = [1_000, 100];
/** Milliseconds. */
const LATENCIES = [0, 1];

/** For everybody the same: a function that is warm has run for much longer, and most of the code is the SDK's. */
const WARM_UP = seconds(2);

/** Invocations of one run: enough for the clock of the CPU, few enough for those who wait for each answer. */
const INVOCATIONS = 5;

interface Cell {
  readonly batch: number;
  readonly latency: number;
  readonly runs: ReadonlyMap<ContestantName, Runs>;
}

/** What the runs of one contestant measured, in their order. */
interface Runs {
  readonly recordsPerSecond: number[];
  /** Microseconds. */
  readonly cpuPerRecord: number[];
  readonly callsPerRecord: number[];
}

async function measureCell(
  { batch, latency }: Pick<Cell, 'batch' | 'latency'>,
  runs: number,
  workers: ReadonlyMap<ContestantName, Worker>,
  cache: CacheProcess,
): Promise<Cell> {
  const measured = new Map<ContestantName, Runs>();
  for (let run = 0; run < runs; run += 1) {
    for (const name of NAMES) {
      const worker = workers.get(name);
      if (worker === undefined) continue;
      const isSlow = name === 'sequential' || name === 'loop';
      await cache.takeCalls();
      const { records, wall, cpu } = await worker.ask({
        kind: 'measure',
        batch,
        invocations: isSlow || batch > 500 ? 1 : INVOCATIONS,
      });
      const calls = Object.values(await cache.takeCalls()).reduce((total, count) => total + count, 0);
      const known = measured.get(name) ?? { recordsPerSecond: [], cpuPerRecord: [], callsPerRecord: [] };
      known.recordsPerSecond.push((records / wall) * 1_000);
      known.cpuPerRecord.push((cpu / records) * 1_000);
      known.callsPerRecord.push(calls / records);
      measured.set(name, known);
    }
  }
  return { batch, latency, runs: measured };
}

function reportOf(cells: readonly Cell[]): PartReport {
  return {
    part: 'sync',
    about:
      `1 KB items, ${shown(KEYS)} keys by Zipf's law in ${OWNERS} lists, the Momento SDK, the server in a process of ` +
      'its own; CPU is the client’s.',
    tables: cells.map(tableOf),
    targets: RATIOS.flatMap((ratio) => targetOf(cells, ratio)),
  };
}

interface Ratio extends Pick<Target, 'what' | 'bound'> {
  readonly figure: keyof Runs;
  readonly of: ContestantName;
  readonly over: ContestantName;
}

const RATIOS: readonly Ratio[] = [
  {
    what: 'records/s of refresh over (a)',
    figure: 'recordsPerSecond',
    of: 'refresh',
    over: 'parallel',
    bound: { atLeast: 2 },
  },
  {
    what: 'records/s of refresh over (b)',
    figure: 'recordsPerSecond',
    of: 'refresh',
    over: 'sequential',
    bound: { atLeast: 12 },
  },
  {
    what: 'CPU per record of refresh over (a)',
    figure: 'cpuPerRecord',
    of: 'refresh',
    over: 'parallel',
    bound: { atMost: 0.55 },
  },
  {
    what: 'CPU per record of invalidate over (a)',
    figure: 'cpuPerRecord',
    of: 'invalidate',
    over: 'parallel',
    bound: { atMost: 0.45 },
  },
  {
    what: 'CPU per record of generations over (a)',
    figure: 'cpuPerRecord',
    of: 'generations',
    over: 'parallel',
    bound: { atMost: 0.1 },
  },
];

/** None where one of the two did not take part. */
function targetOf(cells: readonly Cell[], { what, bound, figure, of, over }: Ratio): Target[] {
  const measured = cells.flatMap(({ batch, latency, runs }): [string, number][] => {
    const [ours, theirs] = [runs.get(of), runs.get(over)];
    if (ours === undefined || theirs === undefined) return [];
    return [[`${shown(batch)}, ${latency} ms`, medianRatio(ours[figure], theirs[figure])]];
  });
  return measured.length === 0 ? [] : [{ what, bound, measured: Object.fromEntries(measured) }];
}

function tableOf({ batch, latency, runs }: Cell): FigureTable {
  const reference = runs.get('parallel');
  const over = (of: Runs, figure: keyof Runs): string =>
    reference === undefined ? '' : `${shown(medianRatio(of[figure], reference[figure]))}x`;
  return {
    title: `batches of ${shown(batch)}, server latency ${latency} ms`,
    columns: ['records/s', 'of (a)', 'CPU µs/record', 'of (a)', 'calls/record'],
    rows: [...runs].map(([name, of]) => [
      CONTESTANTS[name].label,
      median(of.recordsPerSecond),
      over(of, 'recordsPerSecond'),
      median(of.cpuPerRecord),
      over(of, 'cpuPerRecord'),
      median(of.callsPerRecord).toFixed(3),
    ]),
  };
}
