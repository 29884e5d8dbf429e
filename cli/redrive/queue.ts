import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { minutes } from '../../shared/time.ts';

/** A message that nobody else gets for {@link HOLD}, or until it is released. */
export interface HeldMessage {
  readonly id: string;
  readonly body: string;
  /** Takes it out of the queue. */
  remove(): Promise<void>;
  /** Lets others have it again, at once. */
  release(): Promise<void>;
}

/**
 * Takes messages from a queue until it gives no more.
 *
 * @param most messages to take
 */
export async function* heldMessages(
  client: SQSClient,
  queueUrl: string,
  most: number,
  signal: AbortSignal,
): AsyncGenerator<HeldMessage> {
  for (let taken = 0; taken < most && !signal.aborted; ) {
    const { Messages: messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: Math.min(MOST_AT_ONCE, most - taken),
        VisibilityTimeout: HOLD / 1_000,
        // A short poll asks only some of SQS's servers, and may find nothing where there is something.
        WaitTimeSeconds: 1,
      }),
    );
    if (messages.length === 0) return;
    taken += messages.length;
    for (const { MessageId: id = '', Body: body = '', ReceiptHandle: receipt } of messages) {
      const handle = { QueueUrl: queueUrl, ReceiptHandle: receipt };
      yield {
        id,
        body,
        remove: async () => void (await client.send(new DeleteMessageCommand(handle))),
        release: async () =>
          void (await client.send(new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 0 }))),
      };
    }
  }
}

/**
 * About how many messages others have taken, and may give back; `undefined` for whoever may not ask.
 *
 * @param queueUrl of a queue that gives none
 */
export async function messagesInHand(client: SQSClient, queueUrl: string): Promise<number | undefined> {
  const name = 'ApproximateNumberOfMessagesNotVisible';
  const request = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [name] });
  // Whoever may receive messages need not be allowed to count them.
  const answer = await client.send(request).catch(() => undefined);
  return answer?.Attributes && Number(answer.Attributes[name]);
}

/** Long enough for all messages of a run; one that is not released, because its run was killed, comes back after it. */
const HOLD = minutes(10);

/** SQS's limit. */
const MOST_AT_ONCE = 10;
