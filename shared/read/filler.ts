import { type Entry, encodeEntry, type Foreign, newNonce } from '../entry/entry.ts';
import type { Item } from '../entry/item.ts';
import { encodePayload, type Payload } from '../entry/payload.ts';
import type { AnyEntity } from '../map/entity.ts';
import { TOMBSTONE_TTL, WRITE_DEADLINE } from '../protocol.ts';
import { refusesEntry } from '../store/errors.ts';
import type { EntryKey } from '../store/port.ts';
import { type Duration, milliseconds } from '../time.ts';
import type { FillRefusal } from './outcome.ts';
import type { ReadDependencies } from './settings.ts';

/** What a reader found before it asked the table, and so what its fill must find unchanged. */
export interface Found {
  readonly key: EntryKey;
  /** `undefined` after a miss. */
  readonly bytes: Uint8Array | undefined;
  readonly entry: Entry | Foreign | undefined;
  /** Milliseconds since just before the cache was asked. */
  readonly elapsed: () => number;
}

/** What the table said, and between which two moments. */
export interface Loaded {
  readonly item: Item | undefined;
  readonly from: number;
  readonly until: number;
}

/** A projected value, in the form that is stored; or, where that cannot be, as it is. */
export interface Projected {
  /** `undefined` for an item that does not exist, and beside `unstorable`. */
  readonly payload: Payload | undefined;
  readonly unstorable?: unknown;
}

/** @throws whatever the user's `project` throws: there is no answer without it */
export function project(entity: AnyEntity, item: Item | undefined): Projected {
  if (item === undefined) return { payload: undefined };
  const value = entity.project(item);
  try {
    return { payload: encodePayload(value) };
  } catch {
    return { payload: undefined, unstorable: value };
  }
}

/**
 * Fills an entry after a miss or a tombstone, conditionally on what was found: whatever happened since makes the
 * condition fail, and the fill is dropped. A refused fill costs nothing: the answer is already there.
 *
 * @returns why it was refused; `undefined` when the entry now holds the answer
 */
export async function fill(
  entity: AnyEntity,
  { key, bytes, entry, elapsed }: Found,
  { item, from, until }: Loaded,
  projected: Projected,
  { store, random, settings }: Pick<ReadDependencies, 'store' | 'random' | 'settings'>,
): Promise<FillRefusal | undefined> {
  // `undefined` is such a value too: without this, an item whose projection is undefined would be cached as absent.
  if ('unstorable' in projected) return 'unsupported-value';
  const { payload } = projected;
  const left = WRITE_DEADLINE - elapsed();
  // Past the deadline, the tombstone that would have stopped this fill may be gone.
  if (left <= 0) return 'too-late';

  const itemVersion = item === undefined ? undefined : versionOf(entity, item);
  const stamp = {
    nonce: newNonce(),
    at: from,
    // A fill over a tombstone reflects what that tombstone stood for; one after a plain miss promises nothing.
    floor: entry?.kind === 'tombstone' ? entry.floor : ('unknown' as const),
    origin: { by: 'reader', readUntil: until, ...(itemVersion !== undefined && { itemVersion }) } as const,
  };
  const value = encodeEntry(
    payload === undefined ? { kind: 'absent', ...stamp } : { kind: 'value', ...stamp, payload },
  );
  const ttl = jittered(payload === undefined ? entity.absentTtl : entity.ttl, settings.ttlJitter, random);
  const options = { timeout: milliseconds(Math.min(settings.fillTimeout, left)), attempts: 1 };
  try {
    const stored =
      bytes === undefined
        ? await store.setIfAbsent(key, value, ttl, options)
        : await store.setIfUnchanged(key, value, bytes, ttl, options);
    return stored ? undefined : 'conflict';
  } catch (error) {
    return refusesEntry(error) ? 'rejected' : 'store';
  }
}

/** `versionBy` is the user's code: without a version, time decides. */
function versionOf(entity: AnyEntity, item: Item): ReturnType<AnyEntity['versionOf']> {
  try {
    return entity.versionOf(item);
  } catch {
    return undefined;
  }
}

/** Shortens a TTL at random, in whole seconds, and never below the tombstone TTL: every entry lives at least that long. */
export function jittered(ttl: Duration, share: number, random: () => number): Duration {
  const shortened = Math.floor((ttl * (1 - share * random())) / 1_000) * 1_000;
  return milliseconds(Math.max(shortened, TOMBSTONE_TTL));
}
