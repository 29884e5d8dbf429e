import type { PolledRecord } from './record.ts';

/** What the function's answer to a batch means. */
export type Verdict =
  | { readonly kind: 'done' }
  /** Everything before the record at `index` is done, everything from there is tried again. */
  | { readonly kind: 'failed-from'; readonly index: number }
  /** Nothing can be taken as done. */
  | { readonly kind: 'failed'; readonly threw: boolean };

/**
 * Reads a function's answer as Lambda does with `ReportBatchItemFailures`: the lowest sequence number that it names is
 * where to go on. No answer, and an answer without failures, is success; one that names a record which is not in the
 * batch, or is not in the right shape, fails the whole batch.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export function verdictOf(response: unknown, batch: readonly PolledRecord[]): Verdict {
  if (response === undefined || response === null) return { kind: 'done' };
  if (typeof response !== 'object') return FAILED;
  if (!('batchItemFailures' in response) || response.batchItemFailures === null) return { kind: 'done' };
  if (response.batchItemFailures === undefined) return { kind: 'done' };
  if (!Array.isArray(response.batchItemFailures)) return FAILED;
  if (response.batchItemFailures.length === 0) return { kind: 'done' };

  const positions = new Map(batch.map(({ sequenceNumber }, index) => [sequenceNumber, index]));
  const failures: unknown[] = response.batchItemFailures;
  const indexes = failures.map((failure) => positions.get(identifierOf(failure)) ?? -1);
  const lowest = Math.min(...indexes);
  return lowest === -1 ? FAILED : { kind: 'failed-from', index: lowest };
}

const FAILED: Verdict = { kind: 'failed', threw: false };

function identifierOf(failure: unknown): string {
  if (typeof failure !== 'object' || failure === null || !('itemIdentifier' in failure)) return '';
  return typeof failure.itemIdentifier === 'string' ? failure.itemIdentifier : '';
}
