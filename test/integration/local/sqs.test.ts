import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { localAwsEnvironment } from '../../../local/aws.ts';
import { type SqsServer, startSqsServer } from '../../../local/sqs/server.ts';
import { seconds } from '../../../shared/time.ts';

let server: SqsServer;
let sqs: SQSClient;
let now = 1_790_000_000_000;
let QueueUrl = '';

beforeEach(async () => {
  server = await startSqsServer({
    queues: [{ name: 'Failure', visibilityTimeout: seconds(30) }],
    clock: { now: () => now, monotonic: () => now },
  });
  // As a function does it: the client is told nothing, the environment says it all.
  const environment = localAwsEnvironment({ dynamodb: 'http://127.0.0.1:9', sqs: server.endpoint });
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  sqs = new SQSClient();
  QueueUrl = server.urlOf('Failure');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  sqs.destroy();
  await server.close();
});

test('a message that is sent is received, and gone once it is deleted', async () => {
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'x' } };
  const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'wörld', MessageAttributes }));
  const [message] = await receive();

  expect(message).toMatchObject({ MessageId: sent.MessageId, Body: 'wörld', MessageAttributes });
  expect(message?.Attributes).toMatchObject({ ApproximateReceiveCount: '1', SentTimestamp: String(now) });

  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
  now += 3_600_000;
  expect(await receive()).toEqual([]);
});

test('a message that is not deleted comes again after the visibility timeout, not before', async () => {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'again' }));
  await receive({ VisibilityTimeout: 10 });

  now += 9_999;
  expect(await receive()).toEqual([]);
  now += 1;
  expect((await receive())[0]?.Attributes?.ApproximateReceiveCount).toBe('2');
});

test('the handle of an earlier hand-out does not delete', async () => {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }));
  const [first] = await receive({ VisibilityTimeout: 0 });
  await receive({ VisibilityTimeout: 0 });

  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));

  expect(await receive()).toHaveLength(1);
});

test('a visibility timeout of zero gives a message back at once', async () => {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'back' }));
  const [message] = await receive();

  const { ReceiptHandle } = message ?? {};
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));

  expect(await receive()).toHaveLength(1);
});

test('a delayed message is not visible before its time', async () => {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 60 }));

  expect(await receive()).toEqual([]);
  now += 60_000;
  expect(await receive()).toHaveLength(1);
});

test('batches are sent and deleted entry by entry', async () => {
  const Entries = ['a', 'b', 'c'].map((MessageBody) => ({ Id: MessageBody, MessageBody }));
  const { Successful } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  expect(Successful?.map(({ Id }) => Id)).toEqual(['a', 'b', 'c']);

  const [first, second] = await receive({ MaxNumberOfMessages: 2 });
  const handles = [first, second].map((message, i) => ({ Id: `${i}`, ReceiptHandle: message?.ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: handles }));

  now += 60_000;
  expect((await receive({ MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(['c']);
});

test('the attributes count what is visible, in flight and delayed', async () => {
  for (const MessageBody of ['a', 'b', 'c']) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'd', DelaySeconds: 10 }));
  await receive();

  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));

  expect(Attributes).toMatchObject({
    ApproximateNumberOfMessages: '2',
    ApproximateNumberOfMessagesNotVisible: '1',
    ApproximateNumberOfMessagesDelayed: '1',
  });
});

test('a long poll is answered as soon as there is a message', async () => {
  const waiting = receive({ WaitTimeSeconds: 20 });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'at last' }));

  expect(await waiting).toHaveLength(1);
});

test('a queue is found by its name, and one that does not exist is the error of the service', async () => {
  expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'Failure' }))).QueueUrl).toBe(QueueUrl);
  await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'Other' }))).rejects.toThrow(QueueDoesNotExist);
});

test.each([
  ['no entries', [], 'EmptyBatchRequest'],
  [
    'eleven entries',
    Array.from({ length: 11 }, (_, i) => ({ Id: `${i}`, MessageBody: 'x' })),
    'TooManyEntriesInBatchRequest',
  ],
  ['an Id twice', [1, 2].map(() => ({ Id: 'same', MessageBody: 'x' })), 'BatchEntryIdsNotDistinct'],
  ['more than 1 MB', [1, 2].map((i) => ({ Id: `${i}`, MessageBody: 'x'.repeat(600_000) })), 'BatchRequestTooLong'],
])('a batch with %s is refused', async (_, Entries, name) => {
  await expect(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({ name });
});

test('a value out of range is refused', async () => {
  const tooLong = new SendMessageCommand({ QueueUrl, MessageBody: 'x', DelaySeconds: 901 });

  await expect(sqs.send(tooLong)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

async function receive(options: Partial<ReceiveMessageCommand['input']> = {}) {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'], ...options }),
  );
  return Messages;
}
