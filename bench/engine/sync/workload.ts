import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { seededRandom, zipf } from '../../../local/random.ts';

/** An event as Lambda delivers it. Its images hold nothing in which Lambda's form of an item differs from the SDK's. */
export interface StreamEvent {
  readonly Records: StreamRecord[];
}

export type StreamRecord = {
  readonly eventID: string;
  readonly eventName: 'MODIFY';
  readonly eventSource: string;
  readonly eventSourceARN: string;
  readonly dynamodb: {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Image;
    readonly OldImage: Image;
    readonly NewImage: Image;
    readonly SequenceNumber: string;
  };
};

type Image = Record<string, AttributeValue>;

/** How many items change, and in how many lists they are. */
export const KEYS = 1_000;
export const OWNERS = 50;

/** Makes events of a table whose items change by Zipf's law: the same for the same seed, but for the times. */
export interface Workload {
  /** One change of each of so many items. */
  each(items: number): StreamEvent;
  /** Changes of {@link KEYS} items. */
  batch(records: number): StreamEvent;
}

/** @param itemBytes size of an item, about, as DynamoDB counts it */
export function createWorkload(seed: number, itemBytes: number): Workload {
  const random = seededRandom(seed);
  const draw = zipf(KEYS, 1);
  const text = textOf(itemBytes - 130, random);
  let sequence = 0;

  function change(rank: number): StreamRecord {
    sequence += 1;
    const oldImage = image(rank, sequence - 1, text);
    return {
      eventID: String(sequence),
      eventName: 'MODIFY',
      eventSource: 'aws:dynamodb',
      eventSourceARN: 'arn:aws:dynamodb:eu-central-1:123456789012:table/bench/stream/2026-11-20T10:00:00.000',
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
        Keys: { ...pick(oldImage, 'PK'), ...pick(oldImage, 'SK') },
        OldImage: oldImage,
        NewImage: image(rank, sequence, text),
        SequenceNumber: `${FIRST_SEQUENCE + BigInt(sequence)}`,
      },
    };
  }

  return {
    each: (items) => asDelivered(Array.from({ length: items }, (_, rank) => change(rank))),
    batch: (records) => asDelivered(Array.from({ length: records }, () => change(draw(random())))),
  };
}

const FIRST_SEQUENCE = 400_000_000_000_000_000_000n;

function image(rank: number, revision: number, body: string): Image {
  const key = `THING#${String(rank).padStart(6, '0')}`;
  const item = {
    PK: key,
    SK: key,
    owner: `owner-${rank % OWNERS}`,
    status: revision % 2 === 0 ? 'open' : 'closed',
    revision,
    tags: ['one', 'two'],
    address: { city: 'Vienna', zip: '1010' },
    body,
  };
  return marshall(item);
}

function pick(image: Image, name: string): Image {
  const value = image[name];
  return value === undefined ? {} : { [name]: value };
}

/** The runtime parses an event from JSON: its texts are then strings of their own, and not shared by the records. */
const asDelivered = (Records: StreamRecord[]): StreamEvent => JSON.parse(JSON.stringify({ Records }));

function textOf(length: number, random: () => number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz      ';
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('');
}
