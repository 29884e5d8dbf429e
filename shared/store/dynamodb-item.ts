import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Duration, milliseconds } from '../time.ts';
import { StoreRejected } from './errors.ts';

/** Names are short because the table is billed for them: `k` key, `v` value, `t` expiry in ms, `ttl` for the table. */
type Item = Record<string, AttributeValue>;

interface Write {
  readonly key: string;
  readonly value: Uint8Array;
  readonly ttl: Duration;
}

/**
 * The partition key of a cache key. DynamoDB takes at most 2,048 bytes, and none that is empty; a cache key of a long
 * primary key, percent-encoded, is longer. Such a key is replaced by its SHA-256, and so is every key that begins like
 * a replaced one, so that no two keys can meet but by a collision of SHA-256: nobody knows one, which is why the whole
 * key is not stored beside it, where each write would be billed for it.
 */
export function partitionKey(key: string): string {
  if (key !== '' && !key.startsWith(HASHED) && fits(key)) return key;
  return HASHED + createHash('sha256').update(key).digest('hex');
}

const HASHED = '#';
const MAX_KEY_BYTES = 2_048;

/** UTF-8 takes at most three bytes for a UTF-16 unit. */
const fits = (key: string): boolean =>
  key.length * 3 <= MAX_KEY_BYTES || (key.length <= MAX_KEY_BYTES && Buffer.byteLength(key) <= MAX_KEY_BYTES);

export function toItem({ key, value, ttl }: Write, now: number): Item {
  const expiry = now + ttl;
  return {
    k: { S: partitionKey(key) },
    v: { B: value },
    t: { N: `${expiry}` },
    ttl: { N: `${Math.ceil(expiry / 1_000) + TTL_MARGIN_SECONDS}` },
  };
}

/**
 * What the table deletes by its own clock may be later than needed, but not earlier: an entry must live as long as it
 * was given, since a tombstone that goes early no longer stops a fill.
 */
const TTL_MARGIN_SECONDS = 60;

/** The value of an item, or `undefined` where there is none, or none that this store wrote, or it has expired. */
export function liveValue(item: Item | undefined, now: number): Uint8Array | undefined {
  const expiry = Number(item?.t?.N);
  return expiry > now ? item?.v?.B : undefined;
}

/** How much longer an item is there by {@link liveValue}. */
export function ttlLeft(item: Item | undefined, now: number): Duration | undefined {
  return liveValue(item, now) === undefined ? undefined : milliseconds(Number(item?.t?.N) - now);
}

/**
 * Refuses what DynamoDB would refuse, without asking it.
 *
 * @throws {StoreRejected} as `too-large`
 */
export function assertSize(operation: string, { key, value }: Write): void {
  const size = Buffer.byteLength(partitionKey(key)) + value.byteLength + ITEM_OVERHEAD;
  if (size <= MAX_ITEM_BYTES) return;
  const problem = `an item of ${size} bytes is larger than the limit of ${MAX_ITEM_BYTES}`;
  throw new StoreRejected(operation, 'too-large', problem);
}

const MAX_ITEM_BYTES = 400 * 1024;
/** Names of the attributes and the two numbers, of which DynamoDB only tells that they take up to so much. */
const ITEM_OVERHEAD = 48;
