import type { PrimaryKey } from '../entry/item.ts';
import { isPrimaryKey } from '../entry/key.ts';
import { decodePayload, encodePayload } from '../entry/payload.ts';
import { isObject } from '../sync/record.ts';

/** A key that sync brought up to date and that audit is to look at a minute later. */
export interface AuditSample {
  readonly entity: string;
  readonly primaryKey: PrimaryKey;
  /** What an earlier look found, if it disagreed with the table then. */
  readonly suspicion?: Suspicion;
}

/** An entry that disagreed with the table. If both are still the same at the next look, the entry is stale. */
export interface Suspicion {
  /** Nonce of the entry. */
  readonly nonce: string;
  /** Digest of what the table said; it holds no item data. */
  readonly table: string;
  /** Looks so far, each of which found another disagreement than the one before. */
  readonly looks: number;
}

/** A queue message is not an audit sample. It never quotes the message, which may hold a key. */
export class MalformedSampleError extends Error {
  override readonly name = 'MalformedSampleError';
}

/** The body of a queue message. Holds the key, like the queue's messages of changes: it is not for logs. */
export function encodeSample({ entity, primaryKey, suspicion }: AuditSample): string {
  const { format, body } = encodePayload(primaryKey);
  return JSON.stringify({ entity, format, key: Buffer.from(body).toString(), suspicion });
}

/** @throws {MalformedSampleError} when the text is not what {@link encodeSample} makes */
export function decodeSample(text: string): AuditSample {
  const message = parsed(text);
  if (!isObject(message)) throw new MalformedSampleError('the message is not a JSON object');
  const { entity, format, key, suspicion } = message;
  if (typeof entity !== 'string') throw new MalformedSampleError('the message names no entity');
  if (typeof key !== 'string' || (format !== 'json' && format !== 'typed')) {
    throw new MalformedSampleError('the message holds no key');
  }
  const primaryKey = decodedKey({ format, body: Buffer.from(key) });
  return suspicion === undefined ? { entity, primaryKey } : { entity, primaryKey, suspicion: readSuspicion(suspicion) };
}

function readSuspicion(suspicion: unknown): Suspicion {
  const { nonce, table, looks } = isObject(suspicion) ? suspicion : {};
  if (typeof nonce === 'string' && typeof table === 'string' && typeof looks === 'number') {
    return { nonce, table, looks };
  }
  throw new MalformedSampleError('the message holds half a suspicion');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decodedKey(payload: Parameters<typeof decodePayload>[0]): PrimaryKey {
  let key: unknown;
  try {
    key = decodePayload(payload);
  } catch {
    key = undefined;
  }
  if (isPrimaryKey(key)) return key;
  throw new MalformedSampleError('the message holds no key');
}
