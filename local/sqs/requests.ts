import * as v from 'valibot';
import { seconds } from '../../shared/time.ts';

/** A message, and all messages of a batch together, may have this many bytes. */
export const MAXIMUM_BYTES = 1024 * 1024;

const integer = (minimum: number, maximum: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(maximum));
const wholeSeconds = (maximum: number) => v.pipe(integer(0, maximum), v.transform(seconds));

const onQueue = { QueueUrl: v.string() };
const message = {
  MessageBody: v.pipe(v.string(), v.minLength(1), v.maxBytes(MAXIMUM_BYTES)),
  DelaySeconds: v.optional(wholeSeconds(900), 0),
  MessageAttributes: v.optional(v.record(v.string(), v.unknown())),
};

/** The requests, as the API documents them: names, limits and defaults. */
export const requests = {
  GetQueueUrl: v.object({ QueueName: v.string() }),
  GetQueueAttributes: v.object(onQueue),
  SendMessage: v.object({ ...onQueue, ...message }),
  SendMessageBatch: v.object({ ...onQueue, Entries: v.array(v.object({ Id: v.string(), ...message })) }),
  ReceiveMessage: v.object({
    ...onQueue,
    MaxNumberOfMessages: v.optional(integer(1, 10), 1),
    WaitTimeSeconds: v.optional(wholeSeconds(20), 0),
    VisibilityTimeout: v.optional(wholeSeconds(43_200)),
  }),
  DeleteMessage: v.object({ ...onQueue, ReceiptHandle: v.string() }),
  DeleteMessageBatch: v.object({
    ...onQueue,
    Entries: v.array(v.object({ Id: v.string(), ReceiptHandle: v.string() })),
  }),
  ChangeMessageVisibility: v.object({ ...onQueue, ReceiptHandle: v.string(), VisibilityTimeout: wholeSeconds(43_200) }),
};
