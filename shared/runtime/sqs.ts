import type { SQSClient } from '@aws-sdk/client-sqs';
import { type Duration, milliseconds } from '../time.ts';
import { once } from './once.ts';

/**
 * Sends messages to a queue, in as few calls as its limits allow.
 *
 * @param delay until they can be received; whole seconds, at most 15 minutes
 * @throws when the queue did not take them all
 */
export async function sendMessages(queueUrl: string, bodies: readonly string[], delay?: Duration): Promise<void> {
  const [{ SendMessageBatchCommand }, client] = await Promise.all([
    import('@aws-sdk/client-sqs'),
    sqsClient(undefined),
  ]);
  for (const batch of batchesOf(bodies)) {
    const entries = batch.map((body, i) => ({
      Id: String(i),
      MessageBody: body,
      DelaySeconds: Math.round((delay ?? milliseconds(0)) / 1_000),
    }));
    const { Failed: failed = [] } = await client.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }),
    );
    if (failed.length > 0) throw new Error(`the queue refused ${failed.length} of ${entries.length} messages`);
  }
}

/** By SQS's limits: ten messages to a call, and 256 KB in all. */
const MAX_MESSAGES = 10;
export const MAX_MESSAGE_BYTES = 256 * 1_024;

/** Loaded with the first message: most invocations send none. */
const sqsClient = once(async (_: undefined): Promise<SQSClient> => {
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  return new SQSClient({});
});

function batchesOf(bodies: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const body of bodies) {
    const size = Buffer.byteLength(body);
    const current = batches.at(-1);
    if (current === undefined || current.length === MAX_MESSAGES || bytes + size > MAX_MESSAGE_BYTES) {
      batches.push([body]);
      bytes = size;
    } else {
      current.push(body);
      bytes += size;
    }
  }
  return batches;
}
