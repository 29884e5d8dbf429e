import type { SQSEvent } from 'aws-lambda';
import { afterEach, expect, test } from 'vitest';
import { consumeQueue } from '../../../local/sqs/consumer.ts';
import { createQueue } from '../../../local/sqs/queue.ts';
import { milliseconds, seconds, systemClock } from '../../../shared/time.ts';
import { eventually } from '../../support/processes.ts';

let stop = new AbortController();
let ended: Promise<void> = Promise.resolve();

afterEach(async () => {
  stop.abort();
  await ended;
  stop = new AbortController();
});

test('messages that the function takes are gone, in batches of at most the batch size', async () => {
  const { queue, batches } = consume(async () => undefined, { batchSize: 2, messages: ['a', 'b', 'c'] });

  expect(await eventually(() => batches.length === 2)).toBe(true);
  expect(batches).toEqual(['a b', 'c']);
  expect(await eventually(() => queue.counts().inFlight === 0)).toBe(true);
});

test('a message that the function names as failed comes again, the others do not', async () => {
  let failed = false;
  const { batches } = consume(async ({ Records }) => {
    if (failed) return { batchItemFailures: [] };
    failed = true;
    return { batchItemFailures: [{ itemIdentifier: Records[1]?.messageId }] };
  });

  expect(await eventually(() => batches.length === 2)).toBe(true);
  expect(batches).toEqual(['a b', 'b']);
});

test('all messages come again when the function throws, and the reason is reported', async () => {
  let failed = false;
  const { batches, errors } = consume(async () => {
    if (failed) return undefined;
    failed = true;
    throw new Error('not now');
  });

  expect(await eventually(() => batches.length === 2)).toBe(true);
  expect(batches).toEqual(['a b', 'a b']);
  expect(errors.map(String)).toEqual(['Error: not now']);
});

test.each([
  ['a message that is not in the batch', { batchItemFailures: [{ itemIdentifier: 'other' }] }],
  ['failures that are not a list', { batchItemFailures: 'b' }],
])('an answer that names %s leaves all in the queue', async (_, answer) => {
  const { batches } = consume(async () => answer);

  expect(await eventually(() => batches.length === 2)).toBe(true);
  expect(batches).toEqual(['a b', 'a b']);
});

test('a message says how often it was received', async () => {
  const counts: (string | undefined)[] = [];
  consume(
    async ({ Records }) => {
      counts.push(Records[0]?.attributes.ApproximateReceiveCount);
      throw new Error('again');
    },
    { messages: ['a'] },
  );

  expect(await eventually(() => counts.length >= 2)).toBe(true);
  expect(counts.slice(0, 2)).toEqual(['1', '2']);
});

function consume(
  answer: (event: SQSEvent) => Promise<unknown>,
  { batchSize = 10, messages = ['a', 'b'] }: { batchSize?: number; messages?: string[] } = {},
) {
  const queue = createQueue({ name: 'work', visibilityTimeout: milliseconds(200) }, systemClock);
  for (const body of messages) queue.send({ body, delay: seconds(0) });
  const batches: string[] = [];
  const errors: unknown[] = [];
  ended = consumeQueue({
    queue,
    batchSize,
    signal: stop.signal,
    pollInterval: milliseconds(10),
    onError: (error) => void errors.push(error),
    handler: (event) => {
      batches.push(event.Records.map(({ body }) => body).join(' '));
      return answer(event);
    },
  });
  return { queue, batches, errors };
}
