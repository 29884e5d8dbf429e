import { runCold } from './cold/run.ts';
import { runReads } from './reads/run.ts';
import { runRedis } from './redis/run.ts';
import type { PartReport } from './report.ts';
import { runScale } from './scale/run.ts';
import { runSync } from './sync/run.ts';

/** How much is measured. */
export interface PartOptions {
  /** Runs of each contestant, of which the median counts. */
  readonly runs: number;
  readonly seed: number;
  /** As little as possible: to see that it works, not for its figures. */
  readonly quick: boolean;
}

/** The parts of the benchmark, in their order. */
export const PARTS: Readonly<Record<string, (options: PartOptions) => Promise<PartReport>>> = {
  sync: runSync,
  hit: runReads,
  redis: runRedis,
  cold: runCold,
  scale: runScale,
};
