import { isUtf8 } from 'node:buffer';
import { isNonce, type Nonce } from './nonce.ts';
import { type Payload, plainBytes } from './payload.ts';

/**
 * The form that everything in the cache has: one line of ASCII words, then the payload's bytes.
 *
 * ```
 * 1 value n=7f3a9c21d04be6aa at=1790000000123 by=stream f=json len=20 v=*
 * {"username":"alice"}
 * ```
 *
 * `1` is the version of the format. What is not in this form is somebody else's, or an older release's, or damaged.
 */

/** Bytes that are not ours. Not an error: a reader treats them as a miss, sync overwrites them. */
export interface Foreign {
  readonly kind: 'foreign';
  /** For a log or metric; holds nothing of the bytes. */
  readonly reason: string;
}

/** Joins the words of a header and, where there is one, the payload's body into the bytes to store. */
export function encodeFrame(words: string, body?: Uint8Array): Uint8Array {
  const header = `1 ${words}\n`;
  const bytes = Buffer.allocUnsafe(header.length + (body?.length ?? 0));
  bytes.write(header, 'latin1');
  if (body !== undefined) bytes.set(body, header.length);
  return plainBytes(bytes);
}

/** Reads a frame with `read`, which takes all of its fields; whatever is wrong with the bytes makes them a `Foreign`. */
export function decodeFrame<Result>(bytes: Uint8Array, read: (frame: Frame) => Result): Result | Foreign {
  try {
    const frame = new Frame(bytes);
    const result = read(frame);
    frame.end();
    return result;
  } catch (error) {
    if (error instanceof NotOurs) return { kind: 'foreign', reason: error.message };
    throw error;
  }
}

/**
 * A header whose fields are taken in the order in which they are written: only we write them, and every hit is read
 * through here. A field that is missing, unknown, twice there or out of place is one that was not expected.
 *
 * Every method throws {@link NotOurs}, which {@link decodeFrame} turns into a `Foreign`.
 */
export class Frame {
  readonly kind: string;
  readonly #header: string;
  readonly #body: Uint8Array;
  /** Where the next word begins. */
  #at: number;
  #payloadTaken = false;

  constructor(bytes: Uint8Array) {
    if (bytes[0] !== VERSION || bytes[1] !== SPACE) throw new NotOurs('unknown format version');
    const end = bytes.indexOf(NEWLINE);
    if (end === -1) throw new NotOurs('no end of header');
    this.#header = Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('latin1');
    this.#body = bytes.subarray(end + 1);
    this.#at = 2;
    this.kind = this.#word(2);
  }

  /** The next field's text, or `undefined` where the next field is another. */
  optional(name: string): string | undefined {
    const header = this.#header;
    const at = this.#at;
    const equals = at + name.length;
    if (header.charCodeAt(equals) !== EQUALS) return undefined;
    for (let i = 0; i < name.length; i++) if (header.charCodeAt(at + i) !== name.charCodeAt(i)) return undefined;
    return this.#word(equals + 1);
  }

  /** The next field's text. */
  text(name: string): string {
    const text = this.optional(name);
    if (text === undefined) throw new NotOurs(`field ${name} is not where it belongs`);
    return text;
  }

  nonce(name: string): Nonce {
    const text = this.text(name);
    if (!isNonce(text)) throw new NotOurs(`field ${name} is not a nonce`);
    return text;
  }

  /** Epoch milliseconds. */
  time(name: string): number {
    const time = wholeNumber(this.text(name));
    if (!isTime(time)) throw new NotOurs(`field ${name} is not a time`);
    return time;
  }

  payload(): Payload {
    const format = this.text('f');
    if (format !== 'json' && format !== 'typed') throw new NotOurs('unknown payload format');
    if (this.text('len') !== String(this.#body.length)) throw new NotOurs('payload of another length than announced');
    if (!isUtf8(this.#body)) throw new NotOurs('payload is not UTF-8');
    this.#payloadTaken = true;
    return { format, body: this.#body };
  }

  /** Nothing may be left over. */
  end(): void {
    if (this.#at !== this.#header.length + 1) throw new NotOurs('unknown field');
    if (!this.#payloadTaken && this.#body.length > 0) throw new NotOurs('bytes behind an entry without payload');
  }

  /** The text from `start` to the next space, behind which the next word begins. */
  #word(start: number): string {
    const space = this.#header.indexOf(' ', start);
    const end = space === -1 ? this.#header.length : space;
    this.#at = end + 1;
    return this.#header.slice(start, end);
  }
}

/** Why bytes are not ours; never leaves this folder. */
export class NotOurs extends Error {}

/** `n=… at=…`, checked: what could not be read back must not be stored. */
export function stampWords(nonce: Nonce, at: number): string {
  return `n=${checkedNonce(nonce)} at=${checkedTime(at)}`;
}

/** `f=… len=…`: how to read the body, and how long it is when nothing of it is lost. */
export const payloadWords = ({ format, body }: Payload): string => `f=${format} len=${body.length}`;

export function checkedNonce(nonce: Nonce): string {
  if (!isNonce(nonce)) throw new TypeError('a nonce is 16 lowercase hex digits: make it with newNonce()');
  return nonce;
}

export function checkedTime(time: number): number {
  if (!isTime(time)) throw new TypeError(`${time} is not a time: give whole milliseconds since the epoch`);
  return time;
}

/** Percent-encodes any text into one header word. Unlike `encodeURIComponent`, it takes lone surrogates as well. */
export function escapeText(text: string): string {
  if (/^[\w.:-]*$/.test(text)) return text;
  if (text.isWellFormed()) return encodeURIComponent(text).replaceAll('%3A', ':');
  return text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\s\S]/g, (character) =>
    character.isWellFormed() ? encodeURIComponent(character) : `%u${character.charCodeAt(0).toString(16)}`,
  );
}

export function unescapeText(text: string): string {
  if (/^[\w.:-]*$/.test(text)) return text;
  if (!/^[\w.:\-!~*'()%]*$/.test(text)) throw new NotOurs('text that is not percent-encoded');
  const surrogates = text.replace(/%u(d[89a-f][0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  try {
    return decodeURIComponent(surrogates);
  } catch {
    throw new NotOurs('text that is not percent-encoded');
  }
}

/** The number that a text writes in the one way in which we write it, without leading zeros; `NaN` for any other text. */
function wholeNumber(text: string): number {
  if (text === '' || (text.charCodeAt(0) === ZERO && text.length > 1)) return Number.NaN;
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

const isTime = (time: number): boolean => Number.isSafeInteger(time) && time >= 0 && !Object.is(time, -0);

const VERSION = 0x31;
const SPACE = 0x20;
const ZERO = 0x30;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;
