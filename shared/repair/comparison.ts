import { decodeEntry, type Entry } from '../entry/entry.ts';
import { CorruptPayloadError } from '../entry/errors.ts';
import type { Item } from '../entry/item.ts';
import { decodePayload, encodePayload } from '../entry/payload.ts';
import type { AnyEntity } from '../map/entity.ts';
import { digestOf } from './digest.ts';

/** An entry that answers readers. */
export type Answer = Exclude<Entry, { kind: 'tombstone' }>;

/** Readers ask the table: there is nothing, a tombstone, or bytes that are not an entry. It cannot mislead them. */
export interface Silence {
  readonly kind: 'silent';
  readonly because: 'missing' | 'tombstone' | 'foreign';
}

/** An answer that is not what the table says. */
export interface Difference {
  readonly kind: 'differs';
  readonly entry: Answer;
  /** Digest of what the table says; it holds no item data. */
  readonly table: string;
}

/** What the cache says of an item, beside what the table says. */
export type Comparison = { readonly kind: 'agrees' } | Silence | Difference;

/**
 * What readers get from the bytes of an entry.
 *
 * @param bytes `undefined` where there is nothing
 */
export function answerOf(bytes: Uint8Array | undefined): Answer | Silence {
  if (bytes === undefined) return { kind: 'silent', because: 'missing' };
  const entry = decodeEntry(bytes);
  return entry.kind === 'tombstone' || entry.kind === 'foreign' ? { kind: 'silent', because: entry.kind } : entry;
}

/**
 * Compares an answer with an item that was read from the table at about the same time.
 *
 * @param item `undefined` where the table has none
 */
export function compareWithTable(entity: AnyEntity, answer: Answer | Silence, item: Item | undefined): Comparison {
  if (answer.kind === 'silent') return answer;
  const table = stateOfTable(entity, item);
  return stateOfAnswer(answer) === table ? { kind: 'agrees' } : { kind: 'differs', entry: answer, table };
}

/** What an entry may hold now. Both sides go through the codec, so that what it leaves out is no difference. */
function stateOfTable(entity: AnyEntity, item: Item | undefined): string {
  if (item === undefined) return ABSENT;
  try {
    return digestOf(decodePayload(encodePayload(entity.project(item))));
  } catch {
    // Nothing may be cached of an item that cannot be projected; sync replaces it with a tombstone.
    return `not projectable ${digestOf(item)}`;
  }
}

function stateOfAnswer(entry: Answer): string {
  if (entry.kind === 'absent') return ABSENT;
  try {
    return digestOf(decodePayload(entry.payload));
  } catch (error) {
    // A hit is passed on as it is, so this reaches somebody.
    if (error instanceof CorruptPayloadError) return 'corrupt';
    throw error;
  }
}

const ABSENT = 'absent';
