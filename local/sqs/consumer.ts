import { setTimeout as sleep } from 'node:timers/promises';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { type Duration, milliseconds } from '../../shared/time.ts';
import type { Queue, ReceivedMessage } from './queue.ts';

export interface ConsumerOptions {
  readonly queue: Queue;
  readonly batchSize: number;
  /** The function: an event in, its answer or its error out. */
  readonly handler: (event: SQSEvent) => Promise<unknown>;
  /** Ends the consumer: what the function is working on is awaited. */
  readonly signal: AbortSignal;
  /** Pause when the queue is empty: 100 ms. */
  readonly pollInterval?: Duration;
  /** Hears why a batch failed as a whole. */
  readonly onError: (error: unknown) => void;
}

/**
 * Feeds a function from a queue as Lambda does with `ReportBatchItemFailures`: what the function took is deleted, what
 * it names as failed, or all when it throws, comes again after the visibility timeout. One batch at a time.
 *
 * @returns when `signal` has ended it
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export async function consumeQueue(options: ConsumerOptions): Promise<void> {
  const { queue, batchSize, handler, signal, onError, pollInterval = milliseconds(100) } = options;
  while (!signal.aborted) {
    const messages = queue.receive(batchSize);
    if (messages.length === 0) {
      await sleep(pollInterval, undefined, { signal }).catch(() => {});
      continue;
    }
    try {
      const failed = failedIds(
        await handler({ Records: messages.map((message) => recordOf(message, queue)) }),
        messages,
      );
      for (const { id, receiptHandle } of messages) if (!failed.has(id)) queue.delete(receiptHandle);
    } catch (error) {
      onError(error);
    }
  }
}

/** The messages that stay in the queue. An answer that cannot be understood leaves all of them there. */
function failedIds(answer: unknown, messages: readonly ReceivedMessage[]): ReadonlySet<string> {
  const ids = new Set(messages.map(({ id }) => id));
  if (typeof answer !== 'object' || answer === null || !('batchItemFailures' in answer)) return new Set();
  if (!Array.isArray(answer.batchItemFailures)) return ids;
  const failures: unknown[] = answer.batchItemFailures;
  const failed = failures.map((failure) => String(Object(failure).itemIdentifier));
  return failed.every((id) => ids.has(id)) ? new Set(failed) : ids;
}

function recordOf(message: ReceivedMessage, queue: Queue): SQSRecord {
  return {
    messageId: message.id,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receiveCount),
      SentTimestamp: String(message.sentAt),
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    },
    messageAttributes: {},
    md5OfBody: message.bodyMd5,
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue.name}`,
    awsRegion: 'us-east-1',
  };
}
