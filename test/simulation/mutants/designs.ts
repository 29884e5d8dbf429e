import { DELETE_ON_CHANGE, SET_IN_PARALLEL, SET_ON_CHANGE } from '../designs/plain.ts';
import { FAULT_NAMES } from '../engine/faults.ts';
import { hunt } from '../hunt.ts';
import type { Trial } from './trial.ts';

/** The designs that people ship, in the same worlds as the mutants. */
export async function tryDesigns(firstSeed: number, operations: number): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const design of [SET_ON_CHANGE, SET_IN_PARALLEL, DELETE_ON_CHANGE]) {
    const { found, ...effort } = await hunt({ design, faults: FAULT_NAMES, firstSeed, perWorld: 20_000, operations });
    const { promised: broke, what } = found?.violation ?? { promised: undefined, what: undefined };
    trials.push({ name: design.name, broke, what, seed: found?.seed, ...effort });
  }
  return trials;
}
