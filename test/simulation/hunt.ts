import type { FaultName, FaultRates } from './engine/faults.ts';
import { type EpisodeResult, runEpisode } from './episode.ts';
import type { Design } from './world/design.ts';

/** What to look for, and how long. */
export interface HuntOptions {
  readonly design: Design;
  readonly faults: readonly FaultName[];
  readonly rates?: FaultRates;
  readonly firstSeed: number;
  /** Store operations to a world, and in all. */
  readonly perWorld: number;
  readonly operations: number;
}

export interface Catch {
  /** Tasks of the scheduler until the violation, in all worlds of the hunt. */
  readonly steps: number;
  readonly operations: number;
  readonly found: EpisodeResult | undefined;
}

/** Runs one world after another until a violation, or until the operations are used up. */
export async function hunt({ firstSeed, operations, perWorld, ...options }: HuntOptions): Promise<Catch> {
  let done = 0;
  let steps = 0;
  for (let seed = firstSeed; done < operations; seed++) {
    const result = await runEpisode({ ...options, seed, operations: perWorld });
    done += result.operations;
    steps += result.steps;
    if (result.violation !== undefined) return { steps, operations: done, found: result };
  }
  return { steps, operations: done, found: undefined };
}
