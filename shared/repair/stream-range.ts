import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  type ShardIteratorType,
  type _Record as StreamRecord,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { compareSequences } from '../entry/position.ts';
import type { FailedBatch } from './failure-message.ts';
import { toLambdaRecord } from './lambda-record.ts';

/** Records read again from a stream. */
export interface StreamRange {
  /** In the shape in which Lambda delivers them. */
  readonly records: readonly unknown[];
  /** Records of the range that the stream no longer holds; at least 1 when any is missing. */
  readonly trimmed: number;
}

/** The end of the range has not been reached in as many pages as the longest range can have. */
export class StreamRangeUnfinished extends Error {
  override readonly name = 'StreamRangeUnfinished';
}

/**
 * Reads the records of a failed batch again, as far as the stream still holds them: it keeps them for 24 hours.
 *
 * @throws {StreamRangeUnfinished} and whatever the SDK throws, but for what says that the records are gone
 */
export async function readStreamRange(client: DynamoDBStreamsClient, batch: FailedBatch): Promise<StreamRange> {
  try {
    return await wholeRange(client, batch);
  } catch (error) {
    if (error instanceof TrimmedDataAccessException) return restOfRange(client, batch);
    if (error instanceof ResourceNotFoundException) return { records: [], trimmed: batch.count };
    throw error;
  }
}

async function wholeRange(client: DynamoDBStreamsClient, batch: FailedBatch): Promise<StreamRange> {
  const { records, reachedEnd } = await collect(client, batch, 'AT_SEQUENCE_NUMBER');
  // A filter of the mapping leaves records out of the batch that are in the range: the count alone tells nothing.
  return { records, trimmed: reachedEnd ? 0 : missing(batch, records) };
}

/** The stream now begins within the range, or behind it. What is left of it is not lost with the rest. */
async function restOfRange(client: DynamoDBStreamsClient, batch: FailedBatch): Promise<StreamRange> {
  const { records } = await collect(client, batch, 'TRIM_HORIZON');
  return { records, trimmed: missing(batch, records) };
}

function missing(batch: FailedBatch, records: readonly unknown[]): number {
  return Math.max(1, batch.count - records.length);
}

interface Collected {
  readonly records: readonly unknown[];
  /** The very record at which the range ends was among them. */
  readonly reachedEnd: boolean;
}

async function collect(
  client: DynamoDBStreamsClient,
  batch: FailedBatch,
  from: Extract<ShardIteratorType, 'AT_SEQUENCE_NUMBER' | 'TRIM_HORIZON'>,
): Promise<Collected> {
  const { streamArn, start, end } = batch;
  const records: unknown[] = [];
  for await (const record of recordsFrom(client, batch, from)) {
    const sequence = record.dynamodb?.SequenceNumber;
    if (sequence === undefined || compareSequences(sequence, start) < 0) continue;
    const place = compareSequences(sequence, end);
    if (place <= 0) records.push(toLambdaRecord(record, streamArn));
    if (place >= 0) return { records, reachedEnd: place === 0 };
  }
  return { records, reachedEnd: false };
}

/** The records of a shard, to its end if it is closed. */
async function* recordsFrom(
  client: DynamoDBStreamsClient,
  { streamArn, shardId, start }: FailedBatch,
  from: 'AT_SEQUENCE_NUMBER' | 'TRIM_HORIZON',
): AsyncGenerator<StreamRecord> {
  const { ShardIterator: first } = await client.send(
    new GetShardIteratorCommand({
      StreamArn: streamArn,
      ShardId: shardId,
      ShardIteratorType: from,
      ...(from === 'AT_SEQUENCE_NUMBER' && { SequenceNumber: start }),
    }),
  );
  let iterator = first;
  for (let page = 0; iterator !== undefined; page += 1) {
    if (page === MAX_PAGES) {
      throw new StreamRangeUnfinished(
        `the end of the range was not reached in ${MAX_PAGES} pages: read it again later`,
      );
    }
    const { Records: found = [], NextShardIterator: next } = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator }),
    );
    yield* found;
    iterator = next;
  }
}

/**
 * A batch is at most 10,000 records and 6 MB, a page 1,000 records or 1 MB, and some are empty. An open shard never
 * ends: where the end of the range is not in it, only this bound ends the reading.
 */
const MAX_PAGES = 100;
