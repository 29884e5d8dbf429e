import '../../support/queue-environment.ts';
import { SendMessageBatchCommand, type SendMessageBatchCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readFailureMessage } from '../../../shared/repair/failure-message.ts';
import { createQuarantine } from '../../../shared/runtime/quarantine.ts';
import { MAX_MESSAGE_BYTES } from '../../../shared/runtime/sqs.ts';
import { captureOutput, type Output, QUARANTINE_QUEUE } from '../../support/queue-messages.ts';
import { userRecord } from '../../support/repair.ts';

const CANARY = 'canary-7d1f';
const sqs = mockClient(SQSClient);
let output: Output;

beforeEach(() => {
  sqs.reset();
  sqs.on(SendMessageBatchCommand).resolves({});
  output = captureOutput();
});
afterEach(() => void vi.restoreAllMocks());

const quarantine = createQuarantine(QUARANTINE_QUEUE);

const calls = (): SendMessageBatchCommandInput[] =>
  sqs.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input);
const entries = () => calls().map(({ Entries }) => Entries ?? []);
const bodies = (): string[] => entries().flatMap((batch) => batch.map(({ MessageBody }) => MessageBody ?? ''));
/** The messages as the redrive function reads them. */
const records = (): unknown[] =>
  bodies().flatMap((body) => {
    const message = readFailureMessage(body);
    return message.kind === 'records' ? message.records : [];
  });

const KB = 1_024;
const recordWith = (name: string, sequence = 1) =>
  userRecord(CANARY, { type: 'INSERT', sequence, createdAt: 1_790_000_000_000, name });
/** So long that the message has exactly this many bytes. */
const recordOfSize = (bytes: number) => {
  const empty = Buffer.byteLength(JSON.stringify({ reason: 'test', record: recordWith('') }));
  return recordWith('x'.repeat(bytes - empty));
};
const put = (...list: readonly unknown[]) => quarantine(list.map((record) => ({ record, reason: 'test' })));

describe('a message', () => {
  it('holds the whole record and the reason', async () => {
    const record = recordWith('a');

    await put(record);

    expect(bodies().map((body) => JSON.parse(body))).toEqual([{ reason: 'test', record }]);
    expect(calls()[0]?.QueueUrl).toBe(QUARANTINE_QUEUE);
    expect(records()).toEqual([record]);
  });

  it.each([
    ['null', null],
    ['text', 'x'],
    ['a list', [1]],
    ['an event that is none', { some: 'thing' }],
  ])('can hold %s in the place of a record', async (_, record) => {
    await put(record);

    expect(records()).toEqual([record]);
  });

  it('can be read when there was no event at all', async () => {
    await put(undefined);

    expect(records()).toEqual([null]);
  });

  it('has no character that SQS refuses, and still holds it', async () => {
    const record = recordWith('\uFFFE \uFFFF \u0000 \uD800 ä');

    await put(record);

    // What a body may hold: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF
    expect(bodies()[0]).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD]+$/);
    expect(records()).toEqual([record]);
  });

  it('is whole up to the limit of a message', async () => {
    const record = recordOfSize(MAX_MESSAGE_BYTES);

    await put(record);

    expect(Buffer.byteLength(bodies()[0] ?? '')).toBe(MAX_MESSAGE_BYTES);
    expect(records()).toEqual([record]);
  });

  it('lacks the images when it is too large with them, and still says which item it is about', async () => {
    const record = recordOfSize(MAX_MESSAGE_BYTES + 1);

    await put(record);

    const { NewImage: _, ...dynamodb } = record.dynamodb;
    expect(records()).toEqual([{ ...record, dynamodb }]);
  });

  it('is measured in bytes as they are sent', async () => {
    await put(recordWith('\uFFFF'.repeat(60 * KB)));

    expect(Buffer.byteLength(bodies()[0] ?? '')).toBeLessThan(KB);
  });

  it('says only where the record stands when it is far too large', async () => {
    const record = { ...recordWith('a', 42), junk: 'x'.repeat(300 * KB) };

    await put(record);

    const { eventID, eventSourceARN } = record;
    expect(records()).toEqual([{ eventID, eventSourceARN, dynamodb: { SequenceNumber: '42' } }]);
  });

  it('says nothing of a record that is nothing but too large', async () => {
    await put(`${CANARY}${'x'.repeat(300 * KB)}`);

    expect(records()).toEqual([{ dynamodb: {} }]);
  });
});

describe('many records', () => {
  it('go ten to a call, in order', async () => {
    await put(...Array.from({ length: 23 }, (_, i) => recordWith('a', i)));

    expect(entries().map((batch) => batch.length)).toEqual([10, 10, 3]);
    expect(entries().every((batch) => new Set(batch.map(({ Id }) => Id)).size === batch.length)).toBe(true);
    expect(records()).toMatchObject(Array.from({ length: 23 }, (_, i) => ({ dynamodb: { SequenceNumber: `${i}` } })));
  });

  it('go in as many calls as their size needs', async () => {
    const large = recordOfSize(100 * KB);
    await put(large, large, large, recordWith('small'), recordOfSize(MAX_MESSAGE_BYTES));

    expect(entries().map((batch) => batch.length)).toEqual([2, 2, 1]);
    for (const batch of entries()) {
      const size = batch.reduce((sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody), 0);
      expect(size).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
    }
  });
});

describe('a queue that does not take the records', () => {
  it('is an error when it cannot be reached', async () => {
    sqs.on(SendMessageBatchCommand).rejects(new Error('connect ECONNREFUSED'));

    await expect(put(recordWith('a'))).rejects.toThrow('ECONNREFUSED');
  });

  it('is an error when it refuses one of them', async () => {
    const failed = { Id: '1', SenderFault: false, Code: 'InternalError' };
    sqs.on(SendMessageBatchCommand).resolves({ Failed: [failed] });

    await expect(put(recordWith('a'), recordWith('b'))).rejects.toThrow('refused 1 of 2');
  });
});

describe('the log', () => {
  it('names each record by its place in the stream, and nothing of its data', async () => {
    await put(recordWith(CANARY, 42));

    expect(output.logged('ERROR')).toEqual(['record quarantined']);
    expect(output.text()).toMatch(/"sequenceNumber":\s*"42"/);
    expect(output.text()).not.toContain(CANARY);
  });

  it('trusts nothing in a malformed record', async () => {
    await put({
      eventID: `${CANARY} at home`,
      eventSourceARN: { [CANARY]: CANARY },
      dynamodb: { SequenceNumber: CANARY },
    });
    await put(CANARY);

    expect(output.logged('ERROR')).toHaveLength(2);
    expect(output.text()).not.toContain(CANARY);
  });

  it('is all there is without a queue', async () => {
    await createQuarantine(undefined)([{ record: recordWith('a'), reason: 'test' }]);

    expect(output.logged('ERROR')).toEqual(['record quarantined']);
    expect(calls()).toEqual([]);
  });
});
