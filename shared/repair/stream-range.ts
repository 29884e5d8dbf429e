import {
  type DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { compareSequences } from '../entry/position.ts';
import type { FailedBatch } from './failure-message.ts';
import { toLambdaRecord } from './lambda-record.ts';

/** Records read again from a stream. */
export interface StreamRange {
  /** In the shape in which Lambda delivers them. */
  readonly records: readonly unknown[];
  /** Records of the range that the stream no longer holds. */
  readonly trimmed: number;
}

/**
 * Reads the records of a failed batch again, if the stream still holds them: it keeps them for 24 hours.
 *
 * @throws whatever the SDK throws but for what says that the records are gone
 */
export async function readStreamRange(client: DynamoDBStreamsClient, batch: FailedBatch): Promise<StreamRange> {
  const records: unknown[] = [];
  try {
    for await (const record of recordsFrom(client, batch)) records.push(record);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return { records, trimmed: Math.max(0, batch.count - records.length) };
}

/** The first page may begin after the start where its records were trimmed; the count tells. */
async function* recordsFrom(client: DynamoDBStreamsClient, { streamArn, shardId, start, end }: FailedBatch) {
  const first = await client.send(
    new GetShardIteratorCommand({
      StreamArn: streamArn,
      ShardId: shardId,
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
      SequenceNumber: start,
    }),
  );
  let iterator = first.ShardIterator;
  for (let page = 0; iterator !== undefined && page < MAX_PAGES; page += 1) {
    const { Records: found = [], NextShardIterator: next } = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator }),
    );
    for (const record of found) {
      const sequence = record.dynamodb?.SequenceNumber;
      if (sequence !== undefined && compareSequences(sequence, end) > 0) return;
      yield toLambdaRecord(record, streamArn);
      if (sequence === end) return;
    }
    iterator = next;
  }
}

/** A batch is at most 10,000 records and 6 MB; a page is 1,000 records or 1 MB, and may be empty. */
const MAX_PAGES = 100;

function isGone(error: unknown): boolean {
  return (
    error instanceof TrimmedDataAccessException ||
    error instanceof ResourceNotFoundException ||
    error instanceof ExpiredIteratorException
  );
}
