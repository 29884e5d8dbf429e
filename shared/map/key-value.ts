import type { KeyValue } from '../entry/item.ts';
import { type ExactNumber, NumberValue, numberFrom } from '../entry/number.ts';

/** DynamoDB's limits on key attributes, in bytes (UTF-8 for text). */
export const PARTITION_KEY_BYTES = 2048;
export const SORT_KEY_BYTES = 1024;

/**
 * What is wrong with a value as a key attribute by DynamoDB's rules, as the end of a sentence that begins with the
 * attribute or parameter; `undefined` when nothing is.
 */
export function keyProblem(value: unknown, maxBytes: number): string | undefined {
  if (typeof value === 'string') return textProblem(value, maxBytes);
  if (value instanceof Uint8Array) return binaryProblem(value, maxBytes);
  if (isExactNumber(value)) return numberProblem(value);
  return value === undefined ? 'is missing' : 'must be text, a number or binary (Uint8Array)';
}

/** The same for text. */
export function textProblem(text: string, maxBytes: number): string | undefined {
  if (text === '') return 'must not be empty';
  // Two texts that are not valid UTF-8 would both be sent as U+FFFD and meet in one item.
  if (!text.isWellFormed()) return 'is not well-formed text (it holds a lone surrogate)';
  // A UTF-16 unit is three bytes of UTF-8 at most: what is short enough need not be measured.
  return text.length * 3 <= maxBytes ? undefined : lengthProblem(Buffer.byteLength(text), maxBytes);
}

function binaryProblem(bytes: Uint8Array, maxBytes: number): string | undefined {
  return bytes.length === 0 ? 'must not be empty' : lengthProblem(bytes.length, maxBytes);
}

/** The same for a number that a caller gives. */
export function numberProblem(value: ExactNumber): string | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return 'is an integer beyond 2^53, which a JavaScript number does not hold exactly; give a bigint';
  }
  if (canonicalNumber(value) !== undefined) return undefined;
  return 'must be a number that DynamoDB can store: up to 38 digits, magnitude 1E-130 to 9.99E+125';
}

export function isExactNumber(value: unknown): value is ExactNumber {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof NumberValue;
}

/**
 * The one decimal text for a number: no exponent, no superfluous zeros, so that `42`, `42n` and a record's `"42"` (or
 * `"4.20E1"`) are the same key.
 *
 * @returns `undefined` for what DynamoDB cannot store
 */
function canonicalNumber(value: ExactNumber): string | undefined {
  const match = DECIMAL.exec(typeof value === 'object' ? value.value : String(value));
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const written = (whole + fraction).replace(/^0+/, '');
  const digits = written.replace(/0+$/, '');
  if (digits === '') return '0';
  /** Decimal places: the number is `digits` × 10^-places. */
  const places = fraction.length - Number(exponent) - (written.length - digits.length);
  const magnitude = digits.length - places - 1;
  if (digits.length > MAX_DIGITS || magnitude < MIN_MAGNITUDE || magnitude > MAX_MAGNITUDE) return undefined;
  if (places <= 0) return sign + digits + '0'.repeat(-places);
  const padded = digits.padStart(places + 1, '0');
  return `${sign}${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/**
 * The number in the one JavaScript type that keys use for it: `number` where that is exact, else `bigint`, else
 * `NumberValue`. Never an integer that a double only approaches.
 *
 * @returns `undefined` for what DynamoDB cannot store
 */
export function normalised(value: ExactNumber): ExactNumber | undefined {
  const canonical = canonicalNumber(value);
  const number = canonical === undefined ? undefined : numberFrom(canonical);
  const approximate = typeof number === 'number' && Number.isInteger(number) && !Number.isSafeInteger(number);
  return approximate && canonical !== undefined ? BigInt(canonical) : number;
}

/**
 * A key attribute as a part of a cache key: percent-encoded text, `n=` and the canonical number, or `b=` and url-safe
 * base64. Text never contains a bare `=`, so that no two values of any type share a part.
 *
 * @returns `undefined` for a number that DynamoDB cannot store
 */
export function encodeKeyValue(value: KeyValue): string | undefined {
  if (typeof value === 'string') return encodeURIComponent(value);
  if (value instanceof Uint8Array) {
    return `b=${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64url')}`;
  }
  const canonical = canonicalNumber(value);
  return canonical === undefined ? undefined : `n=${canonical}`;
}

/** Whether two key values are the same to DynamoDB. */
export function sameKeyValue(a: KeyValue, b: KeyValue): boolean {
  return a === b || (typeof a !== 'string' && typeof b !== 'string' && encodeKeyValue(a) === encodeKeyValue(b));
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const MAX_DIGITS = 38;
const MIN_MAGNITUDE = -130;
const MAX_MAGNITUDE = 125;

const lengthProblem = (bytes: number, maxBytes: number): string | undefined =>
  bytes > maxBytes ? `is ${bytes} bytes long, and DynamoDB allows ${maxBytes} here` : undefined;
