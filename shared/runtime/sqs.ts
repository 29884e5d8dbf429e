import type { SQSClient } from '@aws-sdk/client-sqs';
import { type Duration, milliseconds } from '../time.ts';
import { once } from './once.ts';

export interface SendOptions {
  /** Bound on each call, its retries included: a queue that is not reached must not hold up the invocation. */
  readonly timeout: Duration;
  /** Until the messages can be received; whole seconds, at most 15 minutes. Default: none. */
  readonly delay?: Duration;
}

/**
 * Sends messages to a queue, in as few calls as its limits allow.
 *
 * @param bodies JSON, as {@link messageText} makes it acceptable
 * @throws when the queue did not take them all; those of an earlier call are then sent
 */
export async function sendMessages(
  queueUrl: string,
  bodies: readonly string[],
  { timeout, delay = milliseconds(0) }: SendOptions,
): Promise<void> {
  const [{ SendMessageBatchCommand }, client] = await Promise.all([
    import('@aws-sdk/client-sqs'),
    sqsClient(undefined),
  ]);
  for (const batch of batchesOf(bodies)) {
    const entries = batch.map((body, i) => ({
      Id: String(i),
      MessageBody: body,
      DelaySeconds: Math.round(delay / 1_000),
    }));
    const { Failed: failed = [] } = await client.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }),
      { abortSignal: AbortSignal.timeout(timeout) },
    );
    if (failed.length > 0) throw new Error(`the queue refused ${failed.length} of ${entries.length} messages`);
  }
}

/**
 * JSON text as SQS takes it. SQS refuses a call for two characters that JSON allows, U+FFFE and U+FFFF, and would
 * refuse it again with every retry: an item that holds one must not hold up a shard. JSON has another way to write them.
 */
export function messageText(json: string): string {
  return json.replace(/[\uFFFE\uFFFF]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/** SQS's limit on a message, and on all messages of a call together, that holds in every region. */
export const MAX_MESSAGE_BYTES = 256 * 1_024;

/** SQS's limit on the messages of a call. */
const MAX_MESSAGES = 10;

/** Loaded with the first message: most invocations send none. */
const sqsClient = once(async (_: undefined): Promise<SQSClient> => {
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  return new SQSClient({});
});

function batchesOf(bodies: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = 0;
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
