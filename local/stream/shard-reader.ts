import {
  type DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { Clock } from '../../shared/time.ts';
import { type CreationTimes, type PolledRecord, polledRecord } from './record.ts';

/** Reads one shard from its start (or its end) to where it is closed. */
export interface ShardReader {
  /**
   * The next records, in order; none when there are none yet.
   *
   * @throws what the SDK throws when the stream cannot be read; the next call goes on where this one wanted to
   */
  read(signal: AbortSignal): Promise<readonly PolledRecord[]>;
  /** Whether the shard is closed and read to its end. */
  readonly isFinished: boolean;
}

export interface ShardReaderOptions {
  readonly streams: DynamoDBStreamsClient;
  readonly streamArn: string;
  readonly shardId: string;
  readonly from: 'TRIM_HORIZON' | 'LATEST';
  readonly creationTimes: CreationTimes;
  readonly clock: Clock;
}

export function createShardReader(options: ShardReaderOptions): ShardReader {
  const { streams, streamArn, shardId, creationTimes, clock } = options;
  let iterator: string | undefined;
  let last: string | undefined;
  let finished = false;

  const position = () =>
    last === undefined
      ? { ShardIteratorType: options.from }
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: last };

  async function read(signal: AbortSignal): Promise<readonly PolledRecord[]> {
    if (finished) return [];
    try {
      if (iterator === undefined) {
        const shard = { StreamArn: streamArn, ShardId: shardId, ...position() };
        iterator = (await streams.send(new GetShardIteratorCommand(shard), { abortSignal: signal })).ShardIterator;
      }
      const page = await streams.send(new GetRecordsCommand({ ShardIterator: iterator }), { abortSignal: signal });
      const seenAt = clock.now();
      const records = (page.Records ?? []).map((record) => polledRecord(record, streamArn, creationTimes, seenAt));
      iterator = page.NextShardIterator;
      last = records.at(-1)?.sequenceNumber ?? last;
      finished = iterator === undefined;
      return records;
    } catch (error) {
      // An iterator lives 15 minutes, which a batch that is retried outlasts; and what is more than 24 hours old is
      // gone, so that the oldest record that is still there is the next one.
      if (error instanceof TrimmedDataAccessException) last = undefined;
      else if (!(error instanceof ExpiredIteratorException)) throw error;
      iterator = undefined;
      return read(signal);
    }
  }

  return {
    read,
    get isFinished() {
      return finished;
    },
  };
}
