import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import type { Message, Queue, ReceivedMessage } from './queue.ts';
import { MAXIMUM_BYTES, requests } from './requests.ts';

/** A request is refused. `code` is the name by which the SDK knows the error. */
export class SqsError extends Error {
  override readonly name = 'SqsError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The queues of a server. */
export interface Queues {
  /** @throws {SqsError} when there is none */
  at(url: string): Queue;
  /** @throws {SqsError} when there is none */
  urlOf(name: string): string;
}

type Action = (input: unknown, queues: Queues, signal: AbortSignal) => unknown;

/** What the server can do: the part of the SQS API that producers and consumers of a standard queue use. */
export const actions: Readonly<Record<string, Action>> = {
  GetQueueUrl(input, queues) {
    const { QueueName } = checked(requests.GetQueueUrl, input);
    return { QueueUrl: queues.urlOf(QueueName) };
  },

  GetQueueAttributes(input, queues) {
    const queue = queues.at(checked(requests.GetQueueAttributes, input).QueueUrl);
    const { visible, inFlight, delayed } = queue.counts();
    return {
      Attributes: {
        ApproximateNumberOfMessages: String(visible),
        ApproximateNumberOfMessagesNotVisible: String(inFlight),
        ApproximateNumberOfMessagesDelayed: String(delayed),
        VisibilityTimeout: String(queue.visibilityTimeout / 1_000),
      },
    };
  },

  SendMessage(input, queues) {
    const request = checked(requests.SendMessage, input);
    return send(queues.at(request.QueueUrl), request);
  },

  SendMessageBatch(input, queues) {
    const { QueueUrl, Entries } = checked(requests.SendMessageBatch, input);
    const queue = queues.at(QueueUrl);
    checkBatch(Entries);
    const bytes = Entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0);
    if (bytes > MAXIMUM_BYTES) {
      throw new SqsError('BatchRequestTooLong', `A batch may have ${MAXIMUM_BYTES} bytes, this one has ${bytes}`);
    }
    return { Successful: Entries.map((entry) => ({ Id: entry.Id, ...send(queue, entry) })), Failed: [] };
  },

  async ReceiveMessage(input, queues, signal) {
    const request = checked(requests.ReceiveMessage, input);
    const queue = queues.at(request.QueueUrl);
    const waitUntil = performance.now() + request.WaitTimeSeconds;
    for (;;) {
      const messages = queue.receive(request.MaxNumberOfMessages, request.VisibilityTimeout);
      if (messages.length > 0) return { Messages: messages.map(received) };
      if (signal.aborted || performance.now() >= waitUntil) return {};
      await sleep(LONG_POLL_INTERVAL_MS);
    }
  },

  DeleteMessage(input, queues) {
    const { QueueUrl, ReceiptHandle } = checked(requests.DeleteMessage, input);
    queues.at(QueueUrl).delete(ReceiptHandle);
    return {};
  },

  DeleteMessageBatch(input, queues) {
    const { QueueUrl, Entries } = checked(requests.DeleteMessageBatch, input);
    const queue = queues.at(QueueUrl);
    checkBatch(Entries);
    for (const { ReceiptHandle } of Entries) queue.delete(ReceiptHandle);
    return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
  },

  ChangeMessageVisibility(input, queues) {
    const { QueueUrl, ReceiptHandle, VisibilityTimeout } = checked(requests.ChangeMessageVisibility, input);
    queues.at(QueueUrl).changeVisibility(ReceiptHandle, VisibilityTimeout);
    return {};
  },
};

const LONG_POLL_INTERVAL_MS = 25;
const MOST_ENTRIES = 10;

function checked<Shape extends v.GenericSchema>(shape: Shape, input: unknown): v.InferOutput<Shape> {
  const result = v.safeParse(shape, input);
  if (!result.success) throw new SqsError('InvalidParameterValue', v.summarize(result.issues));
  return result.output;
}

function checkBatch(entries: readonly { readonly Id: string }[]): void {
  if (entries.length === 0) throw new SqsError('EmptyBatchRequest', 'A batch needs at least one entry');
  if (entries.length > MOST_ENTRIES) {
    throw new SqsError(
      'TooManyEntriesInBatchRequest',
      `A batch may have ${MOST_ENTRIES} entries, this one has ${entries.length}`,
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new SqsError('BatchEntryIdsNotDistinct', 'Two entries of the batch have the same Id');
  }
}

type SendRequest = Pick<
  v.InferOutput<typeof requests.SendMessage>,
  'MessageBody' | 'DelaySeconds' | 'MessageAttributes'
>;

function send(queue: Queue, { MessageBody, DelaySeconds, MessageAttributes }: SendRequest): Record<string, unknown> {
  const { id, bodyMd5 }: Message = queue.send({
    body: MessageBody,
    delay: DelaySeconds,
    attributes: MessageAttributes,
  });
  return { MessageId: id, MD5OfMessageBody: bodyMd5 };
}

function received(message: ReceivedMessage): Record<string, unknown> {
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: message.bodyMd5,
    // The service sends these to whoever asks for them; nobody is hurt by more than they asked for.
    Attributes: {
      SenderId: 'local',
      SentTimestamp: String(message.sentAt),
      ApproximateReceiveCount: String(message.receiveCount),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    },
    ...(message.attributes && { MessageAttributes: message.attributes }),
  };
}
