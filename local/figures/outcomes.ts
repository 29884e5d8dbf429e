import type { ReadOutcome } from '../../shared/read/outcome.ts';

/** Answers, by where they came from. */
export type Outcomes = Readonly<Record<ReadOutcome, number>>;

export const NO_OUTCOMES: Outcomes = { hit: 0, absent: 0, miss: 0, bypass: 0 };

/** Whether a text, such as a header `x-cache`, is an outcome. */
export const isOutcome = (text: string | null | undefined): text is ReadOutcome =>
  typeof text === 'string' && Object.hasOwn(NO_OUTCOMES, text);

export const withOutcome = (outcomes: Outcomes, outcome: ReadOutcome): Outcomes => ({
  ...outcomes,
  [outcome]: outcomes[outcome] + 1,
});

export const plus = (a: Outcomes, b: Outcomes): Outcomes => ({
  hit: a.hit + b.hit,
  absent: a.absent + b.absent,
  miss: a.miss + b.miss,
  bypass: a.bypass + b.bypass,
});

export const readsIn = ({ hit, absent, miss, bypass }: Outcomes): number => hit + absent + miss + bypass;

/** Reads that the table did not see: what the cache knew, a cached absence included. */
export const readsSaved = ({ hit, absent }: Outcomes): number => hit + absent;

/** Share of the reads that the cache answered, from 0 to 1; `undefined` where there was none. */
export function hitRatio(outcomes: Outcomes): number | undefined {
  const reads = readsIn(outcomes);
  return reads === 0 ? undefined : readsSaved(outcomes) / reads;
}
