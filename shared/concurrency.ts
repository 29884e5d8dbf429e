import pLimit from 'p-limit';

/** Runs a job, when it may. */
export type Limit = <Result>(job: () => Promise<Result>) => Promise<Result>;

/**
 * Lets so many of a known number of jobs run at once. Where that is all of them, nothing stands in between: for the
 * few keys of a small batch a limiter costs more than what it would limit.
 *
 * @param jobs how many there are at most
 */
export function limitFor(jobs: number, concurrency: number): Limit {
  return jobs <= concurrency ? (job) => job() : pLimit(concurrency);
}
