import * as v from 'valibot';

/** What became of the items that a warm run has dealt with, and what it cost. It is JSON, for a checkpoint. */
export type Tally = v.InferOutput<typeof TallySchema>;

const count = v.pipe(v.number(), v.minValue(0));

export const TallySchema = v.strictObject({
  /** Items of the table, or keys of a list. */
  items: count,
  /** Entries that were written: values, and absences for keys of a list that no item has. */
  filled: count,
  /** Entries that were there already. */
  present: count,
  /** Keys that others kept writing: what is there now is younger than anything that warming could have written. */
  contended: count,
  /** Items that `project` throws for, or whose value or key cannot be stored. Readers get them from the table. */
  unstorable: count,
  /** Items that are none of the cache map's. */
  unmapped: count,
  /** Read units that the table charged. */
  readUnits: count,
});

export const NOTHING: Tally = {
  items: 0,
  filled: 0,
  present: 0,
  contended: 0,
  unstorable: 0,
  unmapped: 0,
  readUnits: 0,
};

/** What became of one item. */
export type Outcome = 'filled' | 'present' | 'contended' | 'unstorable' | 'unmapped';

/** A tally with so many items more. What they cost is for whoever counts it. */
export function tallied(tally: Tally, outcomes: readonly Outcome[]): Tally {
  const counts = { ...tally, items: tally.items + outcomes.length };
  for (const outcome of outcomes) counts[outcome] += 1;
  return counts;
}
