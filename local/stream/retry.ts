import type { EventSourceSettings } from '../template/template.ts';
import type { PolledRecord } from './record.ts';
import type { Verdict } from './verdict.ts';

/** Consecutive records of one shard on their way through the function. */
export interface Batch {
  readonly records: readonly PolledRecord[];
  /** How often it was tried and failed, as the retry limit counts. */
  readonly failures: number;
  /** How often the function was invoked with it, or with a batch that it was split off. */
  readonly invocations: number;
}

/** Why records are given up on, in the words of the message about it. */
export type GiveUpCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

/** What comes after an invocation. */
export interface Next {
  /** What is still to be done, in this order. */
  readonly batches: readonly Batch[];
  /** What is given up on. */
  readonly givenUp: Batch | undefined;
}

/**
 * Decides what happens to a batch after the function answered, as an event source mapping does: a partial answer moves
 * the checkpoint; a batch that failed as a whole is split in two, when the settings say so, which does not count as a
 * retry; all else counts, and beyond the limit the batch is given up on.
 *
 * A moved checkpoint starts the count anew: what is left is another batch, which begins with another record.
 */
export function afterInvocation(batch: Batch, verdict: Verdict, settings: RetrySettings): Next {
  const tried = { ...batch, invocations: batch.invocations + 1 };
  switch (verdict.kind) {
    case 'done':
      return { batches: [], givenUp: undefined };
    case 'failed-from':
      if (verdict.index > 0) {
        const rest = batch.records.slice(verdict.index);
        return { batches: [{ records: rest, failures: 0, invocations: 0 }], givenUp: undefined };
      }
      // Lambda splits at the reported record, which leaves nothing in front of it to split off.
      return retry(tried, settings);
    case 'failed':
      return settings.bisectsOnError && batch.records.length > 1 ? bisect(tried) : retry(tried, settings);
  }
}

/**
 * Separates the records that have become too old. They are the first ones: a shard's records are in order of time.
 *
 * @param now epoch milliseconds
 */
export function afterAging(batch: Batch, now: number, settings: RetrySettings): Next {
  const age = settings.maximumRecordAge;
  if (age === undefined) return { batches: [batch], givenUp: undefined };
  const fresh = batch.records.findIndex(({ createdAt }) => now - createdAt <= age);
  if (fresh === 0) return { batches: [batch], givenUp: undefined };
  if (fresh === -1) return { batches: [], givenUp: batch };
  return {
    batches: [{ ...batch, records: batch.records.slice(fresh) }],
    givenUp: { ...batch, records: batch.records.slice(0, fresh) },
  };
}

type RetrySettings = Pick<EventSourceSettings, 'bisectsOnError' | 'maximumRetryAttempts' | 'maximumRecordAge'>;

function retry(tried: Batch, { maximumRetryAttempts: limit }: RetrySettings): Next {
  const failed = { ...tried, failures: tried.failures + 1 };
  // The first failure is of the first attempt, which is not a retry.
  if (limit !== undefined && failed.failures > limit) return { batches: [], givenUp: failed };
  return { batches: [failed], givenUp: undefined };
}

function bisect(tried: Batch): Next {
  const middle = Math.ceil(tried.records.length / 2);
  return {
    batches: [
      { ...tried, records: tried.records.slice(0, middle) },
      { ...tried, records: tried.records.slice(middle) },
    ],
    givenUp: undefined,
  };
}
