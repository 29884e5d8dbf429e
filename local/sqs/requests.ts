import { z } from 'zod';
import { seconds } from '../../shared/time.ts';

/** A message, and all messages of a batch together, may have this many bytes. */
export const MAXIMUM_BYTES = 1024 * 1024;

const onQueue = { QueueUrl: z.string() };
const visibilityTimeout = z.number().int().min(0).max(43_200).transform(seconds);
const message = {
  MessageBody: z
    .string()
    .min(1)
    .refine((body) => Buffer.byteLength(body) <= MAXIMUM_BYTES, `must not have more than ${MAXIMUM_BYTES} bytes`),
  DelaySeconds: z.number().int().min(0).max(900).default(0).transform(seconds),
  MessageAttributes: z.record(z.string(), z.unknown()).optional(),
};

/** The requests, as the API documents them: names, limits and defaults. */
export const requests = {
  GetQueueUrl: z.object({ QueueName: z.string() }),
  GetQueueAttributes: z.object(onQueue),
  SendMessage: z.object({ ...onQueue, ...message }),
  SendMessageBatch: z.object({ ...onQueue, Entries: z.array(z.object({ Id: z.string(), ...message })) }),
  ReceiveMessage: z.object({
    ...onQueue,
    MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
    WaitTimeSeconds: z.number().int().min(0).max(20).default(0).transform(seconds),
    VisibilityTimeout: visibilityTimeout.optional(),
  }),
  DeleteMessage: z.object({ ...onQueue, ReceiptHandle: z.string() }),
  DeleteMessageBatch: z.object({
    ...onQueue,
    Entries: z.array(z.object({ Id: z.string(), ReceiptHandle: z.string() })),
  }),
  ChangeMessageVisibility: z.object({
    ...onQueue,
    ReceiptHandle: z.string(),
    VisibilityTimeout: visibilityTimeout,
  }),
};
