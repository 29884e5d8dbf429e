import * as v from 'valibot';

/** What became of the items of one entity that were looked at. It is JSON, for a checkpoint. */
export type EntityTally = v.InferOutput<typeof EntityTallySchema>;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const EntityTallySchema = v.strictObject({
  /** The entry says what the table says. */
  agree: count,
  /** It said something else at first, and does no longer: the event of a change was on its way. */
  settled: count,
  /** There is no entry, or a tombstone: readers ask the table. */
  missing: count,
  /** Bytes that are not an entry, which readers take for none; or an item that changes faster than it can be looked at. */
  unknown: count,
  /** The entry says something else than the table, and nothing is going to correct it. */
  stale: count,
  /** Of those that were stale, how many were replaced by a tombstone. */
  repaired: count,
});

/** By the name of the entity. */
export const TallySchema = v.record(v.string(), EntityTallySchema);
export type VerifyTally = v.InferOutput<typeof TallySchema>;

/** A tally with one more of a kind; `by` may be negative. */
export function counted(tally: VerifyTally, entity: string, what: keyof EntityTally, by = 1): VerifyTally {
  const before = tally[entity] ?? NONE;
  return { ...tally, [entity]: { ...before, [what]: before[what] + by } };
}

/** All entities together. `repaired` are among the stale. */
export function total(tally: VerifyTally): EntityTally {
  const sum = { ...NONE };
  for (const one of Object.values(tally)) for (const name of KINDS) sum[name] += one[name];
  return sum;
}

const KINDS = ['agree', 'settled', 'missing', 'unknown', 'stale', 'repaired'] as const;
const NONE: EntityTally = { agree: 0, settled: 0, missing: 0, unknown: 0, stale: 0, repaired: 0 };
