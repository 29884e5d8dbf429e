import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { FaultSelection } from './engine/faults.ts';
import { Random } from './engine/random.ts';
import type { EpisodeResult } from './episode.ts';
import { resourceLimits } from './resources.ts';

/** A run: many worlds, of seeds that one seed gives. */
export interface RunOptions extends FaultSelection {
  readonly seed: number;
  /** Store operations in all. */
  readonly operations: number;
  /** Store operations to a world. */
  readonly perWorld: number;
  readonly workers: number;
}

export interface RunTotals {
  worlds: number;
  operations: number;
  tableOperations: number;
  storeWrites: number;
  tableWrites: number;
  invocations: number;
  requests: number;
  steps: number;
  /** Milliseconds of virtual time. */
  duration: number;
  /** Milliseconds on a core. */
  took: number;
  violations: number;
  stale: { entries: number; longest: number };
  leftStale: { entries: number; audited: number };
  losses: { eviction: number; restart: number; failover: number };
  /** The first world that broke a promise. */
  broken: EpisodeResult | undefined;
}

/** What a worker is given. */
export interface WorkerTask extends RunOptions {
  /** It takes the worlds with this number, that plus the number of workers, and so on. */
  readonly first: number;
}

/** Seed of the n-th world of a run. */
export function seedOf(run: number, world: number): number {
  return new Random((Math.imul(run, 0x9e3779b1) ^ Math.imul(world + 1, 0x85ebca6b)) >>> 0).bits();
}

/** Who watches a run. */
export interface Watch {
  /** Told of the totals after each world. */
  readonly progress?: (totals: RunTotals) => void;
  /** Ends the run early: then its totals are those of the worlds that have come to their end. */
  readonly until?: AbortSignal;
}

/** Runs worlds on several cores until they have done their operations, or until one breaks a promise. */
export async function run(options: RunOptions, { progress, until }: Watch = {}): Promise<RunTotals> {
  const totals: RunTotals = {
    worlds: 0,
    operations: 0,
    tableOperations: 0,
    storeWrites: 0,
    tableWrites: 0,
    invocations: 0,
    requests: 0,
    steps: 0,
    duration: 0,
    took: 0,
    violations: 0,
    stale: { entries: 0, longest: 0 },
    leftStale: { entries: 0, audited: 0 },
    losses: { eviction: 0, restart: 0, failover: 0 },
    broken: undefined,
  };
  const workers = Array.from({ length: options.workers }, (_, first) => startWorker({ ...options, first }));
  const stopAll = (): void => {
    for (const { worker } of workers) void worker.terminate();
  };
  until?.addEventListener('abort', stopAll, { once: true });
  for (const { worker } of workers) {
    worker.on('message', (result: EpisodeResult) => {
      if (totals.broken !== undefined) return;
      add(totals, result);
      progress?.(totals);
      if (totals.operations >= options.operations || totals.broken !== undefined) stopAll();
    });
  }
  await Promise.all(workers.map(({ ended }) => ended));
  return totals;
}

/** Half of the cores that Node.js would use at once, and at least one. */
export const usualWorkers = (): number => Math.max(1, Math.floor(availableParallelism() / 2));

function startWorker(task: WorkerTask): { readonly worker: Worker; readonly ended: Promise<void> } {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: task, resourceLimits });
  const ended = new Promise<void>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
  return { worker, ended };
}

function add(totals: RunTotals, result: EpisodeResult): void {
  totals.worlds += 1;
  totals.operations += result.operations;
  totals.tableOperations += result.tableOperations;
  totals.storeWrites += result.storeWrites;
  totals.tableWrites += result.tableWrites;
  totals.invocations += result.invocations;
  totals.requests += result.requests;
  totals.steps += result.steps;
  totals.duration += result.duration;
  totals.took += result.took;
  totals.violations += result.violations;
  totals.stale.entries += result.stale.entries;
  totals.stale.longest = Math.max(totals.stale.longest, result.stale.longest);
  totals.leftStale.entries += result.leftStale.entries;
  totals.leftStale.audited += result.leftStale.audited;
  for (const loss of ['eviction', 'restart', 'failover'] as const) totals.losses[loss] += result.losses[loss];
  if (result.violation !== undefined && !result.isCounting) totals.broken = result;
}
