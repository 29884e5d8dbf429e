import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { localClientConfig } from '../../../local/aws.ts';
import { type DynamoDBLocal, startDynamoDBLocal } from '../../../local/dynamodb/dynamodb-local.ts';
import type { InvocationReport } from '../../../local/stream/delivery.ts';
import type { FailureMessage } from '../../../local/stream/failure-message.ts';
import { type Poller, startPoller } from '../../../local/stream/poller.ts';
import { type EventSourceSettings, readTemplate } from '../../../local/template/template.ts';
import { milliseconds, seconds } from '../../../shared/time.ts';
import { describeWithJava } from '../../support/java.ts';
import { eventually } from '../../support/processes.ts';

describeWithJava('the stream poller', () => {
  let server: DynamoDBLocal;
  let client: DynamoDBClient;
  let streams: DynamoDBStreamsClient;
  let tables = 0;
  let stop = new AbortController();

  beforeAll(async () => {
    server = await startDynamoDBLocal();
    client = new DynamoDBClient(localClientConfig(server.endpoint));
    streams = new DynamoDBStreamsClient(localClientConfig(server.endpoint));
  });

  afterEach(() => {
    stop.abort();
    stop = new AbortController();
  });

  afterAll(async () => {
    client.destroy();
    streams.destroy();
    await server.stop();
  });

  test('hands over all that was written, in order, from the start of the stream', async () => {
    const table = await newTable();
    await table.put('a', 'b', 'c');

    const seen = poll(table.streamArn, async () => undefined);
    await seen.poller.drained();
    await table.put('d');
    await seen.poller.drained();

    expect(seen.keys()).toEqual(['a', 'b', 'c', 'd']);
    expect(seen.records[0]).toMatchObject({ eventName: 'INSERT', eventSourceARN: table.streamArn });
    expect(typeof seen.records[0]?.dynamodb?.ApproximateCreationDateTime).toBe('number');
  });

  test('a batch holds no more than the batch size', async () => {
    const table = await newTable();
    await table.put('a', 'b', 'c', 'd', 'e');

    const seen = poll(table.streamArn, async () => undefined, { batchSize: 2 });
    await seen.poller.drained();

    expect(seen.batches).toEqual(['a b', 'c d', 'e']);
  });

  test('a batching window gathers what comes one by one', async () => {
    const table = await newTable();
    const seen = poll(table.streamArn, async () => undefined, { batchingWindow: milliseconds(600) });
    for (const key of ['a', 'b', 'c']) await table.put(key);
    await seen.poller.drained();

    expect(seen.batches).toEqual(['a b c']);
  });

  test('nothing is handed over while the function works on a batch of the shard', async () => {
    const table = await newTable();
    await table.put('a', 'b', 'c');
    let working = 0;
    let most = 0;

    const seen = poll(
      table.streamArn,
      async () => {
        working += 1;
        most = Math.max(most, working);
        await new Promise((done) => setTimeout(done, 50));
        working -= 1;
      },
      { batchSize: 1 },
    );
    await seen.poller.drained();

    expect(seen.batches).toEqual(['a', 'b', 'c']);
    expect(most).toBe(1);
  });

  test('a partial answer is tried again from the record that it names', async () => {
    const table = await newTable();
    await table.put('a', 'b', 'c');
    let failed = false;

    const seen = poll(table.streamArn, async ({ Records }) => {
      if (failed) return { batchItemFailures: [] };
      failed = true;
      return { batchItemFailures: [{ itemIdentifier: Records[1]?.dynamodb?.SequenceNumber }] };
    });
    await seen.poller.drained();

    expect(seen.batches).toEqual(['a b c', 'b c']);
  });

  test('a poisonous record is found by bisecting, reported, and the rest of the stream goes on', async () => {
    const table = await newTable();
    await table.put('a', 'b', 'poison', 'd');

    const seen = poll(
      table.streamArn,
      async ({ Records }) => {
        if (Records.some((record) => keyOf(record) === 'poison')) throw new Error('cannot digest');
      },
      { maximumRetryAttempts: 1 },
    );
    await seen.poller.drained();

    expect(seen.batches).toEqual(['a b poison d', 'a b', 'poison d', 'poison', 'poison', 'd']);
    expect(seen.failures).toHaveLength(1);
    const [message] = seen.failures;
    expect(message?.requestContext).toMatchObject({ condition: 'RetryAttemptsExhausted', approximateInvokeCount: 4 });
    expect(message?.responseContext.functionError).toBe('Unhandled');
    expect(message?.DDBStreamBatchInfo).toMatchObject({ batchSize: 1, streamArn: table.streamArn });
    expect(message?.DDBStreamBatchInfo.startSequenceNumber).toBe(seen.sequenceOf('poison'));
  });

  test('records that are older than the limit are reported without being handed over again', async () => {
    const table = await newTable();
    await table.put('a');

    const seen = poll(
      table.streamArn,
      async () => {
        throw new Error('always');
      },
      { maximumRecordAge: seconds(1) },
    );
    await seen.poller.drained();

    expect(seen.failures.map(({ requestContext }) => requestContext.condition)).toEqual(['RecordAgeExceeded']);
  });

  test('whether an answer is partial does not matter to a mapping that does not ask for it', async () => {
    const table = await newTable();
    await table.put('a');

    const seen = poll(table.streamArn, async () => 'not a partial answer', { reportsBatchItemFailures: false });
    await seen.poller.drained();

    expect(seen.batches).toEqual(['a']);
  });

  test('a poller that starts at the end sees only what is written from then on', async () => {
    const table = await newTable();
    await table.put('before');
    const seen = poll(table.streamArn, async () => undefined, { startingPosition: 'LATEST' });
    await seen.poller.drained();

    await table.put('after');
    await seen.poller.drained();

    expect(seen.keys()).toEqual(['after']);
  });

  test('a record is as old as its second, not as its minute', async () => {
    const table = await newTable();
    const seen = poll(table.streamArn, async () => undefined);
    const before = Math.floor(Date.now() / 1_000);
    await table.put('a');
    await seen.poller.drained();

    const created = seen.records[0]?.dynamodb?.ApproximateCreationDateTime ?? 0;
    expect(created).toBeGreaterThanOrEqual(before);
    expect(created).toBeLessThanOrEqual(Date.now() / 1_000);
    expect(seen.poller.iteratorAge()).toBeLessThan(seconds(10));
  });

  test('while it is held nothing is handed over, and afterwards everything, as old as it is by then', async () => {
    const table = await newTable();
    let held = true;
    const seen = poll(
      table.streamArn,
      async () => undefined,
      {},
      () => held,
    );
    await table.put('a');
    await sleep(seconds(3));
    expect(seen.batches).toEqual([]);

    const released = Date.now();
    held = false;
    await seen.poller.drained();

    expect(seen.keys()).toEqual(['a']);
    expect(createdAt(seen.records[0])).toBeLessThan(released - seconds(1));
  });

  test('a record that waits behind a batch which fails is no younger for it', async () => {
    const table = await newTable();
    let fails = true;
    const seen = poll(table.streamArn, () => (fails ? Promise.reject(new Error('not yet')) : Promise.resolve()));
    await table.put('a');
    await eventually(() => seen.batches.length > 0);
    await table.put('b');
    await sleep(seconds(3));

    const released = Date.now();
    fails = false;
    await seen.poller.drained();

    const last = seen.records.at(-1);
    expect(last && keyOf(last)).toBe('b');
    expect(createdAt(last)).toBeLessThan(released - seconds(1));
  });

  test('when it is stopped it waits for the function, and begins nothing new', async () => {
    const table = await newTable();
    await table.put('a', 'b');
    let finished = 0;
    const seen = poll(
      table.streamArn,
      async () => {
        await new Promise((done) => setTimeout(done, 200));
        finished += 1;
      },
      { batchSize: 1 },
    );
    await eventually(() => seen.batches.length === 1);

    stop.abort();
    await seen.poller.ended;

    expect(finished).toBe(1);
    expect(seen.batches).toEqual(['a']);
    await expect(seen.poller.drained()).rejects.toThrow('ended');
  });

  test('when the on-failure queue cannot be reached it ends with that error rather than lose a record', async () => {
    const table = await newTable();
    await table.put('a');
    const poller = startPoller({
      ...pollerOptions(table.streamArn),
      handler: () => Promise.reject(new Error('always')),
      settings: { ...SETTINGS, maximumRetryAttempts: 0 },
      onFailure: () => Promise.reject(new Error('queue is gone')),
    });

    await expect(poller.ended).rejects.toThrow('queue is gone');
  });

  test('a stream that cannot be read is reported, and read again', async () => {
    const errors: unknown[] = [];
    const poller = startPoller({
      ...pollerOptions('arn:aws:dynamodb:ddblocal:000000000000:table/none/stream/2026-11-20T10:00:00.000'),
      handler: async () => undefined,
      settings: SETTINGS,
      onFailure: async () => {},
      onError: (error) => errors.push(error),
    });

    expect(await eventually(() => errors.length >= 2)).toBe(true);
    stop.abort();
    await poller.ended;
  });

  function poll(
    streamArn: string,
    answer: (event: DynamoDBStreamEvent) => Promise<unknown>,
    settings: Partial<EventSourceSettings> = {},
    isHeld = () => false,
  ) {
    const batches: string[] = [];
    const records: DynamoDBRecord[] = [];
    const failures: FailureMessage[] = [];
    const reports: InvocationReport[] = [];
    const poller: Poller = startPoller({
      ...pollerOptions(streamArn),
      settings: { ...SETTINGS, ...settings },
      handler: async (event) => {
        batches.push(event.Records.map(keyOf).join(' '));
        records.push(...event.Records);
        return answer(event);
      },
      isHeld,
      onFailure: async (message) => void failures.push(message),
      onInvocation: (report) => void reports.push(report),
    });
    return {
      poller,
      batches,
      records,
      failures,
      reports,
      keys: () => records.map(keyOf),
      sequenceOf: (key: string) => records.find((record) => keyOf(record) === key)?.dynamodb?.SequenceNumber,
    };
  }

  function pollerOptions(streamArn: string) {
    return {
      streams,
      streamArn,
      signal: stop.signal,
      creationTimes: 'rounded-to-minute' as const,
      pollInterval: milliseconds(20),
      backoff: milliseconds(5),
    };
  }

  async function newTable() {
    tables += 1;
    const name = `table-${tables}`;
    const { TableDescription } = await client.send(new CreateTableCommand(readTemplate().table(name)));
    return {
      streamArn: TableDescription?.LatestStreamArn ?? '',
      async put(...keys: string[]) {
        for (const key of keys) {
          await client.send(new PutItemCommand({ TableName: name, Item: { PK: { S: key }, SK: { S: '-' } } }));
        }
      },
    };
  }
});

const SETTINGS = settingsOfTemplate();

function settingsOfTemplate(): EventSourceSettings {
  const [settings] = readTemplate().functions.flatMap(({ eventSources }) => eventSources);
  if (settings === undefined) throw new Error('template.yaml has no function with a DynamoDB event');
  return settings;
}

function keyOf(record: DynamoDBRecord): string {
  return record.dynamodb?.Keys?.PK?.S ?? '';
}

/** Epoch milliseconds. */
function createdAt(record: DynamoDBRecord | undefined): number {
  return seconds(record?.dynamodb?.ApproximateCreationDateTime ?? 0);
}
