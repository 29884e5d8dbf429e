import '../../support/queue-environment.ts';
import {
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb-streams';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeEntry, encodeEntry, newNonce } from '../../../shared/entry/entry.ts';
import { encodePayload } from '../../../shared/entry/payload.ts';
import { hours, seconds } from '../../../shared/index.ts';
import { entryKey } from '../../../shared/map/cache-key.ts';
import { encodeSample } from '../../../shared/repair/audit-sample.ts';
import { createAuditFunction } from '../../../shared/runtime/audit-function.ts';
import { overrideRuntime } from '../../../shared/runtime/overrides.ts';
import { createRedriveFunction } from '../../../shared/runtime/redrive-function.ts';
import { createMemoryStore } from '../../../shared/store/memory.ts';
import type { CacheStore } from '../../../shared/store/port.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { AUDIT_QUEUE, captureOutput, lambdaContext, type Output, sqsEvent } from '../../support/queue-messages.ts';
import {
  createTestTable,
  failureMessage,
  map,
  NAMESPACE,
  orderKey,
  type TestTable,
  user,
  userKey,
  userRecord,
} from '../../support/repair.ts';

const sqs = mockClient(SQSClient);
const streams = mockClient(DynamoDBStreamsClient);

let clock: TestClock;
let store: CacheStore;
let table: TestTable;
let output: Output;

beforeEach(() => {
  sqs.reset();
  streams.reset();
  clock = createTestClock();
  store = createMemoryStore({ clock });
  table = createTestTable();
  overrideRuntime({ clock, store, table });
  output = captureOutput();
});

afterEach(() => {
  overrideRuntime({});
  vi.restoreAllMocks();
});

/** In every key, value and message of these tests: it must not turn up in what is printed. */
const CANARY = 'canary-7d1f';
const canaryEntry = entryKey(NAMESPACE, user, userKey(CANARY));

async function entryOf(username: string) {
  const bytes = await store.get(entryKey(NAMESPACE, user, userKey(username)));
  return bytes && decodeEntry(bytes).kind;
}

async function cacheValue(name: string): Promise<void> {
  const stamp = { nonce: newNonce(), at: clock.now(), floor: 'unknown', origin: { by: 'stream' } } as const;
  const payload = encodePayload({ username: CANARY, name });
  await store.setAlways(canaryEntry, encodeEntry({ kind: 'value', ...stamp, payload }), hours(1));
}

describe('the redrive function', () => {
  const handle = async (bodies: readonly string[], remaining?: () => number) => {
    const handler = await createRedriveFunction(map);
    return handler(sqsEvent(...bodies), lambdaContext(remaining));
  };
  const quarantined = (username: string) =>
    JSON.stringify({
      reason: 'test',
      record: userRecord(username, { type: 'INSERT', sequence: 1, createdAt: clock.now(), name: CANARY }),
    });
  const failed = JSON.stringify(failureMessage({ start: '1', end: '2', count: 2 }));

  it('redrives what is left in the stream, and acknowledges the message', async () => {
    streams.on(GetShardIteratorCommand).resolves({ ShardIterator: 'i' });
    const dynamodb = { Keys: { PK: { S: `USER#${CANARY}` }, SK: { S: `USER#${CANARY}` } } };
    const record = (sequence: string) => ({
      eventName: 'REMOVE' as const,
      dynamodb: { ...dynamodb, SequenceNumber: sequence, ApproximateCreationDateTime: new Date(clock.now()) },
    });
    streams.on(GetRecordsCommand).resolves({ Records: [record('1'), record('2')] });
    await cacheValue(CANARY);

    expect(await handle([failed])).toEqual({ batchItemFailures: [] });
    expect(await entryOf(CANARY)).toBe('tombstone');
    expect(output.metric('Redriven')).toEqual([2]);
    expect(output.metric('RedriveTrimmed')).toEqual([0]);
    expect(output.metric('RedriveUnresolved')).toEqual([0]);
    expect(output.metric('RedriveUnreadable')).toEqual([0]);
    expect(output.metric('RedriveFailed')).toEqual([0]);
    expect(output.logged('ERROR')).toEqual([]);
    expect(output.text()).not.toContain(CANARY);
  });

  it('says which records it could not recover', async () => {
    streams.on(GetShardIteratorCommand).rejects(new ResourceNotFoundException({ message: CANARY, $metadata: {} }));

    expect(await handle([failed])).toEqual({ batchItemFailures: [] });
    expect(output.metric('Redriven')).toEqual([0]);
    expect(output.metric('RedriveTrimmed')).toEqual([2]);
    expect(output.logged('ERROR')).toEqual([expect.stringContaining('trimmed')]);
    expect(output.text()).toContain('shardId-00000001573689847184-864758bb');
    expect(output.text()).not.toContain(CANARY);
  });

  it('says that a record does not name its item, and quotes nothing of it', async () => {
    const record = { dynamodb: { SequenceNumber: '42', NewImage: { name: { S: CANARY } } } };

    expect(await handle([JSON.stringify({ reason: CANARY, record })])).toEqual({ batchItemFailures: [] });
    expect(output.metric('RedriveUnresolved')).toEqual([1]);
    expect(output.logged('ERROR')).toEqual([expect.stringContaining('do not say which item')]);
    expect(output.text()).toMatch(/"sequenceNumber":\s*"42"/);
    expect(output.text()).not.toContain(CANARY);
  });

  it('leaves a message that it cannot read in its queue, and does the others', async () => {
    const response = await handle([quarantined('alice'), CANARY, `{"name":"${CANARY}"}`, quarantined('bob')]);

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm2' }] });
    expect([await entryOf('alice'), await entryOf('bob')]).toEqual(['tombstone', 'tombstone']);
    expect(output.metric('RedriveUnreadable')).toEqual([0, 1, 1, 0]);
    expect(output.metric('RedriveFailed')).toEqual([2]);
    expect(output.metric('Redriven')).toEqual([1, 1]);
    expect(output.logged('ERROR')).toHaveLength(2);
    expect(output.text()).not.toContain(CANARY);
  });

  it('puts every message back when the store is down', async () => {
    await store.close();

    const response = await handle([quarantined(CANARY), quarantined(CANARY)]);

    expect(response.batchItemFailures).toEqual([{ itemIdentifier: 'm0' }, { itemIdentifier: 'm1' }]);
    expect(output.metric('RedriveFailed')).toEqual([2]);
    expect(output.text()).toContain('RedriveIncomplete');
    expect(output.text()).toContain('StoreUnavailable');
    expect(output.text()).not.toContain(CANARY);
  });

  it('puts a message back when the stream cannot be read now, without quoting the answer', async () => {
    streams.on(GetShardIteratorCommand).rejects(new SyntaxError(`Unexpected token, "${CANARY}" is not valid JSON`));

    expect(await handle([failed, quarantined('alice')])).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
    expect(await entryOf('alice')).toBe('tombstone');
    expect(output.text()).toContain('SyntaxError');
    expect(output.text()).not.toContain(CANARY);
  });

  it('puts back what there is no time left for, and keeps what it has done', async () => {
    const left = [30_000, 30_000, 30_000, 30_000, 30_000];
    const remaining = () => left.pop() ?? 1_000;

    const response = await handle([quarantined('alice'), quarantined('bob')], remaining);

    expect(await entryOf('alice')).toBe('tombstone');
    expect(await entryOf('bob')).toBeUndefined();
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: 'm1' }]);
    expect(output.metric('RedriveFailed')).toEqual([1]);
  });
});

describe('the audit function', () => {
  const handle = async (...bodies: readonly string[]) => {
    const handler = await createAuditFunction(map);
    return handler(sqsEvent(...bodies), lambdaContext());
  };
  const sample = encodeSample({ entity: 'user', primaryKey: userKey(CANARY) });
  const sent = () => sqs.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input);

  beforeEach(() => sqs.on(SendMessageBatchCommand).resolves({}));

  it('counts what is right, and the stale ones as zero', async () => {
    expect(await handle(sample, sample)).toEqual({ batchItemFailures: [] });
    expect(output.metric('AuditChecked')).toEqual([1, 1]);
    expect(output.metric('AuditStale')).toEqual([0, 0]);
    expect(output.metric('Consistency')).toEqual([100, 100]);
    expect(output.metric('AuditStaleAge')).toEqual([]);
    expect(sent()).toEqual([]);
  });

  it('sends a suspect to the queue again, to be looked at after the delay', async () => {
    await cacheValue(`${CANARY} old`);

    expect(await handle(sample)).toEqual({ batchItemFailures: [] });
    expect(sent()).toEqual([
      {
        QueueUrl: AUDIT_QUEUE,
        Entries: [{ Id: '0', DelaySeconds: 60, MessageBody: expect.stringContaining('"looks":1') }],
      },
    ]);
    expect(output.metric('AuditSuspect')).toEqual([1]);
    expect(output.metric('AuditChecked')).toEqual([]);
    expect(output.text()).not.toContain(CANARY);
  });

  it('finds a stale entry on the second look: counted, aged, logged without its key, tombstoned', async () => {
    table.put({ ...userKey(CANARY), username: CANARY, name: `${CANARY} new` });
    await cacheValue(`${CANARY} old`);
    await handle(sample);
    clock.advance(seconds(60));

    expect(await handle(sent()[0]?.Entries?.[0]?.MessageBody ?? '')).toEqual({ batchItemFailures: [] });
    expect(await entryOf(CANARY)).toBe('tombstone');
    expect(output.metric('AuditChecked')).toEqual([1]);
    expect(output.metric('AuditStale')).toEqual([1]);
    expect(output.metric('Consistency')).toEqual([0]);
    expect(output.metric('AuditStaleAge')).toEqual([60_000]);
    expect(output.logged('ERROR')).toEqual(['a stale entry was found and tombstoned']);
    expect(output.text()).not.toContain(CANARY);
  });

  it('looks again at a suspect that the queue did not take', async () => {
    sqs.on(SendMessageBatchCommand).rejects(new Error(CANARY));
    await cacheValue(CANARY);

    expect(await handle(sample)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
    expect(output.text()).not.toContain(CANARY);
  });

  it('counts what it cannot decide apart, so that it does not pass for consistent', async () => {
    await handle(encodeSample({ entity: 'customer', primaryKey: orderKey(CANARY) }));

    expect(output.metric('AuditUndecided')).toEqual([1]);
    expect(output.metric('AuditChecked')).toEqual([]);
    expect(output.metric('Consistency')).toEqual([]);
    expect(output.logged('WARN')).toContain('audit undecided');
    expect(output.text()).not.toContain(CANARY);
  });

  it('lets go of a message that is not a sample, counted and not quoted', async () => {
    expect(await handle(CANARY, sample)).toEqual({ batchItemFailures: [] });
    expect(output.metric('AuditUnreadable')).toEqual([1]);
    expect(output.metric('AuditChecked')).toEqual([1]);
    expect(output.logged('ERROR')).toHaveLength(1);
    expect(output.text()).not.toContain(CANARY);
  });

  it('puts a sample back when the store is down', async () => {
    await store.close();

    expect(await handle(sample)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
    expect(output.metric('AuditFailed')).toEqual([1]);
    expect(output.text()).not.toContain(CANARY);
  });
});
