import { DELETE_ON_CHANGE, SET_IN_PARALLEL, SET_ON_CHANGE } from './designs/plain.ts';
import { FAULT_NAMES, type FaultName, usualRates } from './engine/faults.ts';
import { runEpisode } from './episode.ts';
import { type Design, OURS } from './world/design.ts';

/** One design under one kind of weather. */
export interface Comparison {
  readonly design: string;
  readonly weather: string;
  readonly changes: number;
  /** Times that an entry was older than an event that had been handled. */
  readonly becameStale: number;
  /** Milliseconds for which the longest of them stayed so, in virtual time. */
  readonly longest: number;
  /** Entries that are wrong when nothing is left to happen: until their TTL ends. */
  readonly leftStale: number;
}

export const DESIGNS: readonly Design[] = [SET_ON_CHANGE, SET_IN_PARALLEL, DELETE_ON_CHANGE, OURS];

/** Changes of the table in one world. */
const CHANGES = 10_000;

/** Items of each of the four entities. */
const ITEMS = 238;

/** Keys of one world. */
export const COMPARED_KEYS = 4 * ITEMS;

const WEATHERS: readonly { readonly name: string; readonly faults: readonly FaultName[] }[] = [
  { name: 'none (calls of 0-5 ms)', faults: [] },
  { name: 'slow calls, frozen readers', faults: ['slow', 'freeze'] },
  { name: 'all', faults: FAULT_NAMES },
];

/** Runs the designs that people ship, and ours, through the same worlds, one for each seed. */
export async function compare(seeds: readonly number[], designs = DESIGNS): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const { name: weather, faults } of WEATHERS) {
    for (const design of designs) {
      let sum = { design: design.name, weather, changes: 0, becameStale: 0, longest: 0, leftStale: 0 };
      for (const seed of seeds) {
        const result = await runEpisode({
          seed,
          design,
          faults,
          rates: usualRates(faults),
          items: ITEMS,
          operations: Number.POSITIVE_INFINITY,
          tableWrites: CHANGES,
          countOnly: true,
          busy: true,
        });
        sum = {
          ...sum,
          changes: sum.changes + result.tableWrites,
          becameStale: sum.becameStale + result.stale.entries,
          longest: Math.max(sum.longest, result.stale.longest),
          leftStale: sum.leftStale + result.leftStale.entries,
        };
      }
      comparisons.push(sum);
    }
  }
  return comparisons;
}
