import { createHash, randomUUID } from 'node:crypto';
import { type Clock, type Duration, seconds } from '../../shared/time.ts';

/** A message as the queue holds it. */
export interface Message {
  readonly id: string;
  readonly body: string;
  /** What the SDK compares with the body that it sent or received. */
  readonly bodyMd5: string;
  readonly attributes: MessageAttributes | undefined;
  /** Epoch milliseconds. */
  readonly sentAt: number;
}

/** A message that was handed out; the handle is needed to delete it. */
export interface ReceivedMessage extends Message {
  readonly receiptHandle: string;
  readonly receiveCount: number;
  /** Epoch milliseconds. */
  readonly firstReceivedAt: number;
}

/** User-defined attributes, which the queue only keeps. */
export type MessageAttributes = Readonly<Record<string, unknown>>;

/** How many messages wait, are handed out but not deleted, and are not due yet. */
export interface MessageCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** A standard queue, in memory: messages come at least once, in no promised order (here: the oldest first). */
export interface Queue {
  readonly name: string;
  readonly visibilityTimeout: Duration;
  send(message: { body: string; delay?: Duration; attributes?: MessageAttributes | undefined }): Message;
  /** Hands out up to `count` visible messages, which nobody else gets until the visibility timeout is over. */
  receive(count: number, visibilityTimeout?: Duration): ReceivedMessage[];
  /** Deletes what was handed out. A handle that is no longer the message's last one changes nothing, and is no error. */
  delete(receiptHandle: string): void;
  /** Keeps a message that was handed out invisible for that long from now on; zero makes it visible at once. */
  changeVisibility(receiptHandle: string, visibilityTimeout: Duration): void;
  counts(): MessageCounts;
}

/** What a queue is made of. */
export interface QueueOptions {
  readonly name: string;
  /** For who receives without one of their own. */
  readonly visibilityTimeout: Duration;
}

export function createQueue({ name, visibilityTimeout: usual }: QueueOptions, clock: Clock): Queue {
  const stored = new Map<string, Stored>();
  const withHandle = (handle: string): Stored | undefined =>
    [...stored.values()].find((candidate) => candidate.receiptHandle === handle);

  return {
    name,
    visibilityTimeout: usual,
    send({ body, delay = seconds(0), attributes }) {
      const sentAt = clock.now();
      const bodyMd5 = createHash('md5').update(body).digest('hex');
      const message = { id: randomUUID(), body, bodyMd5, attributes, sentAt };
      stored.set(message.id, {
        message,
        visibleAt: sentAt + delay,
        receiptHandle: undefined,
        receiveCount: 0,
        firstReceivedAt: undefined,
      });
      return message;
    },
    receive(count, visibilityTimeout = usual) {
      const now = clock.now();
      const visible = [...stored.values()].filter(({ visibleAt }) => visibleAt <= now).slice(0, count);
      return visible.map((found) => {
        const receiptHandle = randomUUID();
        const firstReceivedAt = found.firstReceivedAt ?? now;
        found.receiveCount += 1;
        Object.assign(found, { visibleAt: now + visibilityTimeout, receiptHandle, firstReceivedAt });
        return { ...found.message, receiptHandle, firstReceivedAt, receiveCount: found.receiveCount };
      });
    },
    delete(receiptHandle) {
      const found = withHandle(receiptHandle);
      if (found !== undefined) stored.delete(found.message.id);
    },
    changeVisibility(receiptHandle, visibilityTimeout) {
      const found = withHandle(receiptHandle);
      if (found !== undefined) found.visibleAt = clock.now() + visibilityTimeout;
    },
    counts() {
      const now = clock.now();
      const counts = { visible: 0, inFlight: 0, delayed: 0 };
      for (const { visibleAt, receiveCount } of stored.values()) {
        if (visibleAt <= now) counts.visible += 1;
        else if (receiveCount > 0) counts.inFlight += 1;
        else counts.delayed += 1;
      }
      return counts;
    },
  };
}

interface Stored {
  readonly message: Message;
  visibleAt: number;
  receiptHandle: string | undefined;
  receiveCount: number;
  firstReceivedAt: number | undefined;
}
