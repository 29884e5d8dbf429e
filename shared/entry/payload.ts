import { isUtf8 } from 'node:buffer';
import { DEEPEST, type ItemValue, isPlainObject } from './attribute.ts';
import { fromAttribute } from './attribute-reader.ts';
import { toAttribute } from './attribute-writer.ts';
import { payloadDialect } from './dialects.ts';
import { CorruptPayloadError, MalformedImageError } from './errors.ts';
import { NumberValue } from './number.ts';
import { rootPath } from './path.ts';

/** An encoded value: what stands behind an entry's header line. */
export interface Payload {
  /** `json`: the value's own JSON. `typed`: DynamoDB's tagged JSON, for what plain JSON would change. */
  readonly format: 'json' | 'typed';
  readonly body: Uint8Array;
}

/**
 * Encodes a projected value: as plain JSON where JSON gives the same value back, otherwise in DynamoDB's tagged form
 * (`bigint`, `NumberValue`, `Uint8Array`, `Set`, anywhere inside).
 *
 * Properties that are `undefined` are left out and -0 becomes 0, as in JSON and in DynamoDB.
 *
 * @throws {UnsupportedValueError} for what neither holds: dates, class instances, functions, `NaN`, cycles
 */
export function encodePayload(value: unknown): Payload {
  if (isJsonSafe(value, 0)) return { format: 'json', body: bytesOf(JSON.stringify(value)) };
  return { format: 'typed', body: bytesOf(JSON.stringify(toAttribute(value, payloadDialect))) };
}

/**
 * The value that was encoded.
 *
 * @throws {CorruptPayloadError} when the body is not in the payload's format
 */
export function decodePayload(payload: Payload): unknown {
  return payload.format === 'json' ? parse(textOf(payload)) : typedValue(payload);
}

/**
 * The value as JSON text, for an HTTP body. A `json` payload is handed over as it is, without parsing; a `typed` one
 * is rendered: numbers with all their digits, binaries as base64 text, sets as lists.
 *
 * @throws {CorruptPayloadError} when the bytes are not text, or a typed body is not in its format
 */
export function payloadToJson(payload: Payload): string {
  return payload.format === 'json' ? textOf(payload) : render(typedValue(payload));
}

/**
 * The same bytes as what they are typed as, without `Buffer`'s own idea of `slice`. Made from a `Buffer` because its
 * pool costs a fraction of what memory of its own costs for something as small as an entry.
 */
export const plainBytes = ({ buffer, byteOffset, length }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, length);

const bytesOf = (text: string): Uint8Array => plainBytes(Buffer.from(text));

/** Whether JSON alone brings the value back. Whatever is not supported at all is left to {@link toAttribute} to name. */
function isJsonSafe(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      if (value === null) return true;
      // Also what ends a cycle.
      if (depth > DEEPEST) return false;
      return Array.isArray(value) ? isSafeList(value, depth) : isSafeObject(value, depth);
    default:
      return false;
  }
}

function isSafeList(list: readonly unknown[], depth: number): boolean {
  // Not `every`, which skips the holes of a sparse array.
  for (const element of list) if (!isJsonSafe(element, depth + 1)) return false;
  return true;
}

function isSafeObject(object: object, depth: number): boolean {
  if (!isPlainObject(object) || Object.getOwnPropertySymbols(object).length > 0) return false;
  for (const name of Object.keys(object)) {
    const member = object[name];
    if (member !== undefined && !isJsonSafe(member, depth + 1)) return false;
  }
  return true;
}

function textOf({ body }: Payload): string {
  // Decoding alone would put a replacement character where the bytes were damaged.
  if (!isUtf8(body)) throw new CorruptPayloadError('not UTF-8');
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CorruptPayloadError('not JSON');
  }
}

function typedValue(payload: Payload): ItemValue {
  const tagged = parse(textOf(payload));
  try {
    return fromAttribute(tagged, payloadDialect, rootPath(tagged));
  } catch (error) {
    if (error instanceof MalformedImageError)
      throw new CorruptPayloadError(`found something else than ${error.expected}`);
    throw error;
  }
}

function render(value: ItemValue): string {
  if (typeof value === 'bigint' || value instanceof NumberValue) return String(value);
  if (value instanceof Uint8Array) return JSON.stringify(payloadDialect.writeBinary(value));
  if (value instanceof Set) return `[${Array.from(value, render).join(',')}]`;
  if (Array.isArray(value)) return `[${value.map(render).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${render(member)}`)
    .join(',')}}`;
}
