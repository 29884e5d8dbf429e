import { randomUUID } from 'node:crypto';
import type { EntryKey, PlainKey } from '../../shared/store/port.ts';

// Keys are made by the cache map alone; tests of the stores below it brand theirs here.

/** A key for conditional writes that no other test has. */
export const entryKey = (name = 'entry'): EntryKey => `${name}:${randomUUID()}` as EntryKey;

/** A key for plain writes that no other test has. */
export const plainKey = (name = 'plain'): PlainKey => `${name}:${randomUUID()}` as PlainKey;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value);
