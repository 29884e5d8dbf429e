import type { Item, PrimaryKey } from '../entry/item.ts';
import { isPrimaryKey } from '../entry/key.ts';
import { decodePayload, encodePayload } from '../entry/payload.ts';

/** A continuation that somebody sent is not one that we made. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';
}

/** Where a query continues, as text that travels in a URL. Opaque to clients; not a secret, it names a key. */
export function encodeCursor(lastKey: Item): string {
  const { format, body } = encodePayload(lastKey);
  return Buffer.concat([Buffer.from(format === 'json' ? 'j' : 't'), body]).toString('base64url');
}

/** @throws InvalidCursorError when the text was not made by {@link encodeCursor} */
export function decodeCursor(cursor: string): PrimaryKey {
  const bytes = Buffer.from(cursor, 'base64url');
  const format = bytes.at(0) === 'j'.charCodeAt(0) ? 'json' : 'typed';
  let key: unknown;
  try {
    key = decodePayload({ format, body: bytes.subarray(1) });
  } catch (cause) {
    throw new InvalidCursorError('the cursor is not one that this API gave out', { cause });
  }
  if (!isPrimaryKey(key)) throw new InvalidCursorError('the cursor is not one that this API gave out');
  return key;
}
