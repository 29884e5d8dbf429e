import {
  DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  LimitExceededException,
  ResourceNotFoundException,
  type _Record as StreamRecord,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FailedBatch } from '../../../shared/repair/failure-message.ts';
import { readStreamRange, StreamRangeUnfinished } from '../../../shared/repair/stream-range.ts';
import { sequenceOf } from '../../../shared/sync/record.ts';
import { streamArn } from '../../support/lambda-records.ts';

const streams = mockClient(DynamoDBStreamsClient);
beforeEach(() => streams.reset());

const client = new DynamoDBStreamsClient({ region: 'eu-central-1' });
const details = { message: 'canary', $metadata: {} };
const trimmedError = new TrimmedDataAccessException(details);

/** Sequence numbers that text would order otherwise than numbers: 9, 10, 11, 12. */
const batch: FailedBatch = { kind: 'range', streamArn: streamArn(), shardId: 's', start: '9', end: '12', count: 4 };

function record(sequence: number): StreamRecord {
  return {
    eventID: `event-${sequence}`,
    eventName: 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'eu-central-1',
    dynamodb: {
      SequenceNumber: String(sequence),
      ApproximateCreationDateTime: new Date(1_790_000_000_500),
      Keys: { PK: { B: new Uint8Array([1, 2, 3]) } },
      NewImage: { PK: { B: new Uint8Array([1, 2, 3]) }, n: { L: [{ BS: [new Uint8Array([255])] }] } },
      SizeBytes: 10,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  };
}

/** Lays pages out from where the stream begins; an open shard goes on with empty ones. */
function shardHas(pages: readonly (readonly number[])[], { from = 'AT_SEQUENCE_NUMBER', open = false } = {}): void {
  streams
    .on(GetShardIteratorCommand, from === 'TRIM_HORIZON' ? { ShardIteratorType: from } : { SequenceNumber: '9' })
    .resolves({ ShardIterator: 'page-0' });
  streams.on(GetRecordsCommand).callsFake(({ ShardIterator }: { ShardIterator: string }) => {
    const page = Number(ShardIterator.slice('page-'.length));
    const isLast = !open && page >= pages.length - 1;
    return { Records: (pages[page] ?? []).map(record), ...(!isLast && { NextShardIterator: `page-${page + 1}` }) };
  });
}

const sequences = (records: readonly unknown[]): number[] => records.map((found) => Number(sequenceOf(found)));

async function readNumbers() {
  const { records, trimmed } = await readStreamRange(client, batch);
  return { records: sequences(records), trimmed };
}

describe('a range that is all there', () => {
  it('is read from its first record to its last, that one included, and no further', async () => {
    shardHas([[9, 10, 11, 12, 13, 14]], { open: true });

    expect(await readNumbers()).toEqual({ records: [9, 10, 11, 12], trimmed: 0 });
    expect(streams.commandCalls(GetRecordsCommand)).toHaveLength(1);
  });

  it('is asked for by stream, shard and first record', async () => {
    shardHas([[9, 10, 11, 12]]);

    await readNumbers();

    expect(streams.commandCalls(GetShardIteratorCommand).map(({ args }) => args[0].input)).toEqual([
      { StreamArn: streamArn(), ShardId: 's', ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: '9' },
    ]);
  });

  it('is read over pages, empty ones among them', async () => {
    shardHas([[], [9, 10], [], [], [11], [12, 13]], { open: true });

    expect(await readNumbers()).toEqual({ records: [9, 10, 11, 12], trimmed: 0 });
  });

  it('is read to the end of a closed shard', async () => {
    shardHas([[9, 10], [11, 12], []]);

    expect(await readNumbers()).toEqual({ records: [9, 10, 11, 12], trimmed: 0 });
  });

  it('may hold more records than the batch had, where the mapping filters', async () => {
    shardHas([[9, 10, 11, 12]]);

    const { records, trimmed } = await readStreamRange(client, { ...batch, count: 2 });

    expect({ records: sequences(records), trimmed }).toEqual({ records: [9, 10, 11, 12], trimmed: 0 });
  });

  it('may hold fewer numbers than lie between its ends', async () => {
    shardHas([[9, 12]]);

    const { records, trimmed } = await readStreamRange(client, { ...batch, count: 2 });

    expect({ records: sequences(records), trimmed }).toEqual({ records: [9, 12], trimmed: 0 });
  });

  it('comes in the shape in which Lambda delivers records', async () => {
    shardHas([[12]]);

    const { records } = await readStreamRange(client, { ...batch, count: 1 });

    expect(records).toEqual([
      {
        eventID: 'event-12',
        eventName: 'MODIFY',
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'eu-central-1',
        eventSourceARN: streamArn(),
        dynamodb: {
          ApproximateCreationDateTime: 1_790_000_000,
          Keys: { PK: { B: 'AQID' } },
          NewImage: { PK: { B: 'AQID' }, n: { L: [{ BS: ['/w=='] }] } },
          SequenceNumber: '12',
          SizeBytes: 10,
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
      },
    ]);
  });
});

describe('a range that the stream no longer holds', () => {
  it('counts as trimmed when the stream or the shard is gone', async () => {
    streams.on(GetShardIteratorCommand).rejects(new ResourceNotFoundException(details));

    expect(await readNumbers()).toEqual({ records: [], trimmed: 4 });
  });

  it('counts as trimmed when the stream now begins behind it', async () => {
    shardHas([[13, 14]], { from: 'TRIM_HORIZON', open: true });
    streams.on(GetShardIteratorCommand, { ShardIteratorType: 'AT_SEQUENCE_NUMBER' }).rejects(trimmedError);

    expect(await readNumbers()).toEqual({ records: [], trimmed: 4 });
  });

  it('gives what is left of it when only its beginning was trimmed', async () => {
    shardHas([[11], [12, 13]], { from: 'TRIM_HORIZON', open: true });
    streams.on(GetShardIteratorCommand, { ShardIteratorType: 'AT_SEQUENCE_NUMBER' }).rejects(trimmedError);

    expect(await readNumbers()).toEqual({ records: [11, 12], trimmed: 2 });
  });

  it('gives what is left of it when it is trimmed between two pages', async () => {
    shardHas([[9], [10]]);
    shardHas([[12]], { from: 'TRIM_HORIZON' });
    streams
      .on(GetRecordsCommand)
      .rejectsOnce(trimmedError)
      .resolves({ Records: [record(12)] });

    expect(await readNumbers()).toEqual({ records: [12], trimmed: 3 });
  });

  it('says that some are trimmed even where the count says otherwise', async () => {
    shardHas([[11, 12]], { from: 'TRIM_HORIZON' });
    streams.on(GetShardIteratorCommand, { ShardIteratorType: 'AT_SEQUENCE_NUMBER' }).rejects(trimmedError);

    const { trimmed } = await readStreamRange(client, { ...batch, count: 2 });

    expect(trimmed).toBe(1);
  });

  it('leaves out what lies before its beginning', async () => {
    shardHas([[7, 8, 9, 10, 11, 12]], { from: 'TRIM_HORIZON' });
    streams.on(GetShardIteratorCommand, { ShardIteratorType: 'AT_SEQUENCE_NUMBER' }).rejects(trimmedError);

    expect((await readNumbers()).records).toEqual([9, 10, 11, 12]);
  });

  it('counts as trimmed where a closed shard ends before the range does', async () => {
    shardHas([[9, 10]]);

    expect(await readNumbers()).toEqual({ records: [9, 10], trimmed: 2 });
  });
});

describe('what says nothing about the records', () => {
  it.each([
    ['an expired iterator', new ExpiredIteratorException(details)],
    ['throttling', new LimitExceededException(details)],
    ['a broken connection', new Error('socket hang up')],
  ])('is thrown, not taken for a loss: %s', async (_, error) => {
    shardHas([[9, 10, 11, 12]]);
    streams.on(GetRecordsCommand).rejects(error);

    await expect(readNumbers()).rejects.toBe(error);
  });

  it('is an open shard in which the end of the range does not turn up', async () => {
    shardHas([[9, 10]], { open: true });

    await expect(readNumbers()).rejects.toThrow(StreamRangeUnfinished);
    expect(streams.commandCalls(GetRecordsCommand)).toHaveLength(100);
  });
});
