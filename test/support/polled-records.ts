import type { PolledRecord } from '../../local/stream/record.ts';

/** Records with the sequence numbers 1, 2, 3, ... as a shard delivers them. */
export function polledRecords(count: number, options: { createdAt?: number; bytes?: number } = {}): PolledRecord[] {
  const { createdAt = 1_790_000_000_000, bytes = 100 } = options;
  return Array.from({ length: count }, (_, index) => {
    const sequenceNumber = String(index + 1);
    return { record: { dynamodb: { SequenceNumber: sequenceNumber } }, sequenceNumber, createdAt, bytes };
  });
}

/** The sequence numbers of records, which is what the tests compare. */
export const numbersOf = (records: readonly PolledRecord[]): string =>
  records.map(({ sequenceNumber }) => sequenceNumber).join(' ');
