import type { SeenPage } from './collection-history.ts';
import { ABSENT, type Seen } from './item-history.ts';

/**
 * Reads stored bytes on its own terms, not with the code under test: only what the header's first words say, and the
 * number that the projection carries.
 */
export function seenEntry(bytes: Uint8Array): Seen {
  const text = textOf(bytes);
  if (text.startsWith('1 value ')) return contentOf(text.slice(text.indexOf('\n') + 1));
  if (text.startsWith('1 absent ')) return ABSENT;
  return text.startsWith('1 tombstone ') ? 'tombstone' : 'unreadable';
}

/** The content of a projection in JSON, `{"p":42}` with or without anything behind it. */
export function contentOf(json: string): Seen {
  const digits = /^\{"p":(\d+)[,}]/.exec(json)?.[1];
  return digits === undefined ? 'unreadable' : Number(digits);
}

/** The simulated table puts the state of a result into the cursor, which a page carries unread. */
export function seenPage(bytes: Uint8Array): SeenPage | undefined {
  const match = /^1 page g=([0-9a-f]+) e=([0-9a-f]+) at=\d+ c=([^ ]+) /.exec(textOf(bytes));
  const [, generation, epoch, cursor] = match ?? [];
  if (generation === undefined || epoch === undefined || cursor === undefined) return undefined;
  return { generation, epoch, ordinal: ordinalOf(cursor) };
}

export function seenGeneration(bytes: Uint8Array): string | undefined {
  return /^1 gen n=([0-9a-f]+) /.exec(textOf(bytes))?.[1];
}

/** `<offset of the next page>.<state of the result>` */
export const cursorOf = (offset: number, ordinal: number): string => `${offset}.${ordinal}`;
export const ordinalOf = (cursor: string): number => Number(cursor.slice(cursor.indexOf('.') + 1));
export const offsetOf = (cursor: string): number => Number.parseInt(cursor, 10);

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
