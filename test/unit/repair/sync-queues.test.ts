import '../../support/queue-environment.ts';
import { SendMessageBatchCommand, type SendMessageBatchCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeSample } from '../../../shared/repair/audit-sample.ts';
import { overrideRuntime } from '../../../shared/runtime/overrides.ts';
import { createSyncFunction } from '../../../shared/runtime/sync-function.ts';
import { createMemoryStore } from '../../../shared/store/memory.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import {
  AUDIT_QUEUE,
  captureOutput,
  lambdaContext,
  type Output,
  QUARANTINE_QUEUE,
} from '../../support/queue-messages.ts';
import { map, userKey, userRecord } from '../../support/repair.ts';

const CANARY = 'canary-7d1f';
const sqs = mockClient(SQSClient);
let clock: TestClock;
let output: Output;

beforeEach(() => {
  sqs.reset();
  sqs.on(SendMessageBatchCommand).resolves({});
  clock = createTestClock();
  overrideRuntime({ clock, store: createMemoryStore({ clock }) });
  output = captureOutput();
});
afterEach(() => {
  overrideRuntime({});
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const sentTo = (queue: string): SendMessageBatchCommandInput[] =>
  sqs
    .commandCalls(SendMessageBatchCommand)
    .map(({ args }) => args[0].input)
    .filter(({ QueueUrl }) => QueueUrl === queue);

const failing = (queue: string) =>
  sqs.on(SendMessageBatchCommand, { QueueUrl: queue }).rejects(new Error(`${CANARY}: the queue is gone`));

async function sync(...records: readonly unknown[]) {
  const handler = await createSyncFunction(map);
  return handler({ Records: records }, lambdaContext());
}

const good = (sequence = 1) => userRecord(CANARY, { type: 'INSERT', sequence, createdAt: clock.now(), name: CANARY });
const malformed = (sequence: number) => ({ ...good(sequence), eventName: 'RENAME' });

describe('the sync function and the audit queue', () => {
  it('sends what it applied to the queue, to be looked at after the delay', async () => {
    expect(await sync(good())).toEqual({ batchItemFailures: [] });

    const [call, ...more] = sentTo(AUDIT_QUEUE);
    expect(more).toEqual([]);
    expect(call?.Entries).toMatchObject([{ DelaySeconds: 60 }]);
    expect(decodeSample(call?.Entries?.[0]?.MessageBody ?? '')).toEqual({
      entity: 'user',
      primaryKey: userKey(CANARY),
    });
    expect(output.text()).not.toContain(CANARY);
  });

  it('waits as long as the environment says', async () => {
    vi.stubEnv('AUDIT_DELAY_SECONDS', '900');

    await sync(good());

    expect(sentTo(AUDIT_QUEUE)[0]?.Entries).toMatchObject([{ DelaySeconds: 900 }]);
  });

  it.each([
    ['the share is zero', 'AUDIT_SHARE', '0'],
    ['there is no queue', 'AUDIT_QUEUE_URL', ''],
  ])('sends nothing when %s', async (_, variable, value) => {
    vi.stubEnv(variable, value);

    await sync(good());

    expect(sqs.calls()).toEqual([]);
  });

  it('does not fail a batch because the queue does', async () => {
    failing(AUDIT_QUEUE);

    expect(await sync(good())).toEqual({ batchItemFailures: [] });
    expect(output.metric('Records')).toEqual([1]);
  });
});

describe('the sync function and the quarantine queue', () => {
  it('quarantines what it does not understand, and goes on', async () => {
    expect(await sync(good(1), malformed(2), good(3))).toEqual({ batchItemFailures: [] });

    expect(sentTo(QUARANTINE_QUEUE)).toHaveLength(1);
    expect(output.metric('Quarantined')).toEqual([1]);
    expect(output.text()).not.toContain(CANARY);
  });

  it('lets the batch be retried from the record that the queue did not take', async () => {
    failing(QUARANTINE_QUEUE);

    expect(await sync(good(1), malformed(2), good(3))).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(output.text()).not.toContain(CANARY);
  });
});
