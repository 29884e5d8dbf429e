import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localClientConfig } from '../../local/aws.ts';
import { type DynamoDBLocal, startDynamoDBLocal } from '../../local/dynamodb/dynamodb-local.ts';
import type { FailedBatch } from '../../shared/repair/failure-message.ts';
import { readStreamRange } from '../../shared/repair/stream-range.ts';
import { readRecord } from '../../shared/sync/record.ts';
import { describeWithJava } from '../support/java.ts';

describeWithJava('a range of a real stream', () => {
  let server: DynamoDBLocal;
  let client: DynamoDBClient;
  let streams: DynamoDBStreamsClient;
  /** Everything that was written: five items with the keys `a` to `e`. */
  let everything: FailedBatch;
  let sequences: string[];

  beforeAll(async () => {
    server = await startDynamoDBLocal();
    client = new DynamoDBClient(localClientConfig(server.endpoint));
    streams = new DynamoDBStreamsClient(localClientConfig(server.endpoint));
    const { TableDescription } = await client.send(
      new CreateTableCommand({
        TableName: 'items',
        KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    );
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      await client.send(new PutItemCommand({ TableName: 'items', Item: { PK: { S: key } } }));
    }
    const streamArn = TableDescription?.LatestStreamArn ?? '';
    const shardId = await onlyShard(streamArn);
    sequences = await sequencesOf(streamArn, shardId);
    everything = { kind: 'range', streamArn, shardId, start: at(0), end: at(4), count: 5 };
  });

  afterAll(async () => {
    client.destroy();
    streams.destroy();
    await server.stop();
  });

  const at = (index: number): string => sequences[index] ?? '';

  async function onlyShard(streamArn: string): Promise<string> {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    return StreamDescription?.Shards?.[0]?.ShardId ?? '';
  }

  async function sequencesOf(streamArn: string, shardId: string): Promise<string[]> {
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
    return Records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? '');
  }

  const keysOf = (records: readonly unknown[]): unknown[] =>
    records.map((record, i) => {
      const change = readRecord(record, i);
      return 'malformed' in change ? change.malformed : change.key.PK;
    });

  it('is read from its first record to its last, in a form that sync understands', async () => {
    const { records, trimmed } = await readStreamRange(streams, { ...everything, start: at(1), end: at(3), count: 3 });

    expect({ keys: keysOf(records), trimmed }).toEqual({ keys: ['b', 'c', 'd'], trimmed: 0 });
  });

  it('may be a single record, and the last one of the shard', async () => {
    const { records, trimmed } = await readStreamRange(streams, { ...everything, start: at(4), count: 1 });

    expect({ keys: keysOf(records), trimmed }).toEqual({ keys: ['e'], trimmed: 0 });
  });

  it('counts as trimmed when the stream is gone', async () => {
    const gone = { ...everything, streamArn: everything.streamArn.replace(/\d{4}-.*$/, '2001-01-01T00:00:00.000') };

    expect(await readStreamRange(streams, gone)).toEqual({ records: [], trimmed: 5 });
  });
});
