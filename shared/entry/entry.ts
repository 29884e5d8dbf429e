import {
  checkedTime,
  decodeFrame,
  encodeFrame,
  escapeText,
  type Foreign,
  type Frame,
  NotOurs,
  payloadWords,
  stampWords,
  unescapeText,
} from './header.ts';
import type { Nonce } from './nonce.ts';
import type { Payload } from './payload.ts';
import type { Floor } from './position.ts';

export type { Foreign } from './header.ts';
export { newNonce } from './nonce.ts';

/** Value of the item attribute that `versionBy` names: it only ever grows. */
export type ItemVersion = number | bigint | string;

/** Filled by a reader from a consistent read. */
export interface FillOrigin {
  readonly by: 'reader';
  /** Epoch milliseconds just after the read, as {@link Stamp.at} is the clock just before it. */
  readonly readUntil: number;
  readonly itemVersion?: ItemVersion;
}

/** Written from the image of a stream event. */
export interface StreamOrigin {
  readonly by: 'stream';
}

/** What every entry carries. */
interface Stamp {
  /** New on every write, so that no write of an entry can be taken for another. */
  readonly nonce: Nonce;
  /** Epoch milliseconds: for a fill the clock just before its read, for a stream write the event's creation. */
  readonly at: number;
  readonly floor: Floor;
}

/** What the cache holds for one item: its value, its absence, or that the table must be asked. */
export type Entry =
  | (Stamp & { readonly kind: 'value'; readonly origin: FillOrigin | StreamOrigin; readonly payload: Payload })
  | (Stamp & { readonly kind: 'absent'; readonly origin: FillOrigin | StreamOrigin })
  | (Stamp & { readonly kind: 'tombstone' });

/**
 * The bytes to store for an entry.
 *
 * @throws {TypeError} for a nonce, time, sequence number or version that could not be read back
 * @example
 * encodeEntry({ kind: 'tombstone', nonce: newNonce(), at: clock.now(), floor: 'unknown' })
 * // 1 tombstone n=7f3a9c21d04be6aa at=1790000000123 v=*
 */
export function encodeEntry(entry: Entry): Uint8Array {
  const stamp = stampWords(entry.nonce, entry.at);
  const floor = floorWord(entry.floor);
  switch (entry.kind) {
    case 'value':
      return encodeFrame(
        `value ${stamp}${originWords(entry.origin)} ${payloadWords(entry.payload)} ${floor}`,
        entry.payload.body,
      );
    case 'absent':
      return encodeFrame(`absent ${stamp}${originWords(entry.origin)} ${floor}`);
    case 'tombstone':
      return encodeFrame(`tombstone ${stamp} ${floor}`);
  }
}

/**
 * Reads what the cache returned. Never throws: whatever this release did not write whole is `foreign`. The payload is
 * a view into `bytes` and stays undecoded, since most hits are passed on as they are.
 */
export function decodeEntry(bytes: Uint8Array): Entry | Foreign {
  return decodeFrame(bytes, readEntry);
}

function readEntry(frame: Frame): Entry {
  const { kind } = frame;
  if (kind !== 'value' && kind !== 'absent' && kind !== 'tombstone') throw new NotOurs('unknown kind');
  const nonce = frame.nonce('n');
  const at = frame.time('at');
  if (kind === 'tombstone') return { kind, nonce, at, floor: readFloor(frame) };
  const origin = readOrigin(frame);
  if (kind === 'absent') return { kind, nonce, at, origin, floor: readFloor(frame) };
  return { kind, nonce, at, origin, payload: frame.payload(), floor: readFloor(frame) };
}

function originWords(origin: FillOrigin | StreamOrigin): string {
  if (origin.by === 'stream') return ' by=stream';
  const words = ` by=reader to=${checkedTime(origin.readUntil)}`;
  return origin.itemVersion === undefined ? words : `${words} ver=${versionText(origin.itemVersion)}`;
}

function readOrigin(frame: Frame): FillOrigin | StreamOrigin {
  const by = frame.text('by');
  if (by === 'stream') return { by };
  if (by !== 'reader') throw new NotOurs('unknown origin');
  const readUntil = frame.time('to');
  const version = frame.optional('ver');
  return version === undefined ? { by, readUntil } : { by, readUntil, itemVersion: readVersion(version) };
}

/** `i:` an integer (`bigint`), `n:` a number, `s:` a text: 42, 42n and '42' are three versions. */
function versionText(version: ItemVersion): string {
  switch (typeof version) {
    case 'string':
      return `s:${escapeText(version)}`;
    case 'bigint':
      return `i:${version}`;
    case 'number':
      if (!Number.isFinite(version)) throw new TypeError(`${version} is not an item version: it cannot be compared`);
      return `n:${version}`;
  }
}

function readVersion(text: string): ItemVersion {
  const content = text.slice(2);
  if (text.startsWith('s:')) return unescapeText(content);
  if (text.startsWith('i:') && /^(0|-?[1-9]\d*)$/.test(content)) return BigInt(content);
  const number = Number(content);
  if (text.startsWith('n:') && Number.isFinite(number) && String(number) === content) return number;
  throw new NotOurs('field ver is not an item version');
}

function floorWord(floor: Floor): string {
  if (floor === 'unknown') return 'v=*';
  if (!SEQUENCE.test(floor.sequence)) throw new TypeError('a sequence number is 1 to 40 decimal digits');
  return `v=${escapeText(floor.label)}/${floor.sequence}`;
}

function readFloor(frame: Frame): Floor {
  const text = frame.text('v');
  if (text === '*') return 'unknown';
  const slash = text.indexOf('/');
  const sequence = text.slice(slash + 1);
  if (slash === -1 || !SEQUENCE.test(sequence)) throw new NotOurs('field v is not a floor');
  return { label: unescapeText(text.slice(0, slash)), sequence };
}

const SEQUENCE = /^\d{1,40}$/;
