import { type Cost, monthlyCost } from './cost.ts';
import type { Slice } from './meter.ts';
import type { Run } from './run.ts';

/** What one design came to under one share of writes. Times are in milliseconds, shares from 0 to 1. */
export interface Figures {
  readonly design: {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly isOurs: boolean;
  };
  readonly reads: number;
  readonly writes: number;
  readonly readP50: number;
  readonly readP99: number;
  readonly readP999: number;
  readonly writeP50: number;
  readonly writeP99: number;
  readonly hitRatio: number;
  readonly tableReadsPer1000: number;
  readonly cacheCallsPerRequest: number;
  readonly staleAnswers: number;
  readonly staleShare: number;
  /** For how long the stale answers had been outdated; 0 where there are none. */
  readonly staleMedian: number;
  readonly staleLongest: number;
  /** Entries that were answered although nothing was on its way any longer that would have corrected them. */
  readonly leftStale: number;
  /** Items and lists that are wrong when all is at rest. */
  readonly staleForever: number;
  readonly cost: Cost;
  readonly curves: Curves;
}

/** What is drawn. */
export interface Curves {
  /** Latency of reads in milliseconds, at each of {@link QUANTILES}. */
  readonly readLatency: readonly number[];
  /** Number of stale answers that were at least as old as each of {@link AGES}. */
  readonly staleAtLeast: readonly number[];
  readonly overTime: readonly Slice[];
}

/** Evenly spread over the nines, from the median to 99.99 %. */
export const QUANTILES: readonly number[] = Array.from({ length: 75 }, (_, i) => 1 - 0.5 * 2e-4 ** (i / 74));

/** Milliseconds, evenly spread over the orders of magnitude from 1 ms to 30 min. */
export const AGES: readonly number[] = Array.from({ length: 75 }, (_, i) => 1_800_000 ** (i / 74));

/** Reduces a run to its figures. */
export function figuresOf(run: Run): Figures {
  const { design, meter, use } = run;
  const { id, name, description, isOurs } = design;
  const reads = meter.reads.toSorted(ascending);
  const writes = meter.writes.toSorted(ascending);
  const stale = meter.stale.toSorted(ascending);
  return {
    design: { id, name, description, isOurs },
    reads: reads.length,
    writes: writes.length,
    readP50: quantile(reads, 0.5),
    readP99: quantile(reads, 0.99),
    readP999: quantile(reads, 0.999),
    writeP50: quantile(writes, 0.5),
    writeP99: quantile(writes, 0.99),
    hitRatio: meter.hits / reads.length,
    tableReadsPer1000: (1_000 * use.table.reads) / meter.requests,
    cacheCallsPerRequest: use.cache.calls / meter.requests,
    staleAnswers: stale.length,
    staleShare: stale.length / reads.length,
    staleMedian: quantile(stale, 0.5),
    staleLongest: stale.at(-1) ?? 0,
    leftStale: meter.left.size,
    staleForever: run.staleForever,
    cost: monthlyCost(run),
    curves: {
      readLatency: QUANTILES.map((share) => quantile(reads, share)),
      staleAtLeast: AGES.map((age) => stale.length - firstAtLeast(stale, age)),
      overTime: meter.slices,
    },
  };
}

const ascending = (a: number, b: number): number => a - b;

/** The nearest rank; 0 of nothing. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function firstAtLeast(sorted: readonly number[], limit: number): number {
  const index = sorted.findIndex((value) => value >= limit);
  return index < 0 ? sorted.length : index;
}
