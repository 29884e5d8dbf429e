import { type Item, itemFromImage, type PrimaryKey } from '../entry/item.ts';
import { isPrimaryKey } from '../entry/key.ts';
import type { StreamPosition } from '../entry/position.ts';

/** One stream record, understood: its facts are checked, its images are decoded when somebody asks. */
export interface Change {
  /** Place in the batch, from 0. */
  readonly index: number;
  readonly type: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly position: StreamPosition;
  /** Whole epoch milliseconds; the start of the second that DynamoDB rounded down to. */
  readonly createdAt: number;
  readonly key: PrimaryKey;
  /** The item after the change; `undefined` when it was removed or when the stream's view leaves it out. */
  readonly newImage: LazyItem | undefined;
  readonly oldImage: LazyItem | undefined;
}

/** Decodes on first call and remembers; throws `MalformedImageError` each time when the image is not one. */
export type LazyItem = () => Item;

/** A record that cannot be understood. What could be read of it is kept, so that its key can still be distrusted. */
export interface MalformedRecord {
  readonly index: number;
  readonly malformed: string;
  readonly key: PrimaryKey | undefined;
}

/**
 * Reads one record of a Lambda event for DynamoDB Streams.
 *
 * @param record as Lambda delivers it: images in DynamoDB JSON with binaries as base64, time in epoch seconds
 * @param index its place in the batch
 * @returns the change, or what is wrong with it; never throws, and never quotes the record's data
 */
export function readRecord(record: unknown, index: number): Change | MalformedRecord {
  const body = isObject(record) ? record.dynamodb : undefined;
  if (!isObject(record) || !isObject(body)) return { index, malformed: 'it has no "dynamodb" object', key: undefined };

  const key = readKey(body.Keys);
  if (key === undefined) return { index, malformed: '"dynamodb.Keys" is missing or is not a key', key: undefined };

  const malformed = (why: string): MalformedRecord => ({ index, malformed: why, key });
  const { eventName } = record;
  if (eventName !== 'INSERT' && eventName !== 'MODIFY' && eventName !== 'REMOVE') {
    return malformed('"eventName" is not INSERT, MODIFY or REMOVE');
  }
  const label = streamLabel(record.eventSourceARN);
  if (label === undefined) return malformed('"eventSourceARN" is not the ARN of a DynamoDB stream');
  const { SequenceNumber: sequence, ApproximateCreationDateTime: created } = body;
  if (typeof sequence !== 'string' || !/^\d{1,40}$/.test(sequence)) {
    return malformed('"dynamodb.SequenceNumber" is not a string of 1 to 40 digits');
  }
  if (typeof created !== 'number' || !Number.isFinite(created) || created <= 0 || created > LAST_EPOCH_SECOND) {
    return malformed('"dynamodb.ApproximateCreationDateTime" is not a time in epoch seconds');
  }
  return {
    index,
    type: eventName,
    position: { label, sequence },
    // Whole, because an entry's time is: 1790000000.123 times 1,000 is not.
    createdAt: Math.round(created * 1_000),
    key,
    newImage: lazyImage(body.NewImage),
    oldImage: lazyImage(body.OldImage),
  };
}

/** The sequence number of a raw record, if it has one: what a partial batch response names. */
export function sequenceOf(record: unknown): string | undefined {
  const body = isObject(record) ? record.dynamodb : undefined;
  const sequence = isObject(body) ? body.SequenceNumber : undefined;
  return typeof sequence === 'string' && sequence !== '' ? sequence : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A later second than this is a time in milliseconds that somebody took for seconds. */
const LAST_EPOCH_SECOND = 100_000_000_000;

/** The label is the last part of `arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>`, colons included. */
function streamLabel(arn: unknown): string | undefined {
  if (typeof arn !== 'string') return undefined;
  return /^arn:[^:]+:dynamodb:[^:]*:[^:]*:table\/[^/]+\/stream\/(\S+)$/.exec(arn)?.[1];
}

function readKey(keys: unknown): PrimaryKey | undefined {
  if (!isObject(keys) || Object.keys(keys).length === 0) return undefined;
  try {
    const key = itemFromImage(keys);
    return isPrimaryKey(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

function lazyImage(image: unknown): LazyItem | undefined {
  if (image === undefined || image === null) return undefined;
  let item: Item | undefined;
  return () => {
    item ??= itemFromImage(image);
    return item;
  };
}
