import type { RecordLine } from './report.ts';

/** Consecutive records of a batch of which the same is to be said. */
export interface Run {
  readonly first: RecordLine;
  readonly last: RecordLine;
  readonly count: number;
}

/** Folds long runs into one: what was said of the first record holds for all of them. Two are not worth it. */
export function foldRuns(records: readonly RecordLine[]): Run[] {
  const runs: RecordLine[][] = [];
  for (const record of records) {
    const run = runs.at(-1);
    const previous = run?.at(-1);
    if (run !== undefined && previous !== undefined && isAlike(previous, record)) run.push(record);
    else runs.push([record]);
  }
  return runs.flatMap((run) => (run.length < WORTH_FOLDING ? run.map((record) => [record]) : [run])).flatMap(runOf);
}

const WORTH_FOLDING = 3;

function isAlike(a: RecordLine, b: RecordLine): boolean {
  return (
    a.event === b.event &&
    a.entity === b.entity &&
    a.key === b.key &&
    a.decision === b.decision &&
    a.reason === b.reason
  );
}

function runOf(run: readonly RecordLine[]): Run[] {
  const [first] = run;
  const last = run.at(-1);
  return first === undefined || last === undefined ? [] : [{ first, last, count: run.length }];
}
