import { decodeEntry, type Entry } from '../entry/entry.ts';
import { CorruptPayloadError } from '../entry/errors.ts';
import type { Item } from '../entry/item.ts';
import { decodePayload, encodePayload } from '../entry/payload.ts';
import { entryKey } from '../map/cache-key.ts';
import type { CacheMap } from '../map/cache-map.ts';
import type { AnyEntity } from '../map/entity.ts';
import { InvalidKeyError } from '../map/errors.ts';
import type { TableReader } from '../read/table.ts';
import type { CacheStore, EntryKey } from '../store/port.ts';
import { tombstoneAlways } from '../sync/decide.ts';
import { type Clock, type Duration, milliseconds, seconds } from '../time.ts';
import type { AuditSample } from './audit-sample.ts';
import { digestOf } from './digest.ts';

/** What one look at an entry came to. */
export type AuditFinding =
  /** The entry agrees with the table, or leaves the answer to it. */
  | { readonly kind: 'right' }
  /** They disagree; a change whose event is still on its way would look the same. Look again later. */
  | { readonly kind: 'suspect'; readonly again: AuditSample }
  /**
   * They disagreed a look ago in the very same way: no event is going to correct this. It was tombstoned. `age` is that
   * of the entry, so it was wrong for that long at most.
   */
  | { readonly kind: 'stale'; readonly age: Duration }
  /** Nothing can be said: the map has changed, or the item changes faster than it can be looked at. */
  | { readonly kind: 'undecided'; readonly reason: string };

export interface AuditDependencies {
  readonly map: CacheMap;
  readonly namespace: string;
  readonly store: CacheStore;
  readonly table: TableReader;
  readonly clock: Clock;
}

/**
 * Compares one entry with a consistent read of the table, and mends it if it is stale.
 *
 * One disagreement proves nothing: the table may have changed a moment ago, and its event be on its way. So an entry
 * counts as stale only when, a look later, neither it (by its nonce) nor the table has moved. The time between the
 * looks is the caller's, and has to be longer than the stream usually lags. Should it ever be too short, an entry is
 * tombstoned that an event was about to correct, which is harmless.
 *
 * What readers treat as a miss cannot mislead them, so it is right: nothing, a tombstone, bytes that are not an entry.
 *
 * @throws {StoreError} and the table's errors: the look has to be repeated
 */
export async function audit(sample: AuditSample, dependencies: AuditDependencies): Promise<AuditFinding> {
  const { map, namespace, store, table, clock } = dependencies;
  const entity = map.entities.find(({ name }) => name === sample.entity);
  if (entity === undefined) return { kind: 'undecided', reason: 'no entity of the map has this name' };
  const key = keyOf(namespace, entity, sample);
  if (key === undefined) return { kind: 'undecided', reason: 'the key is not one of the entity as the map has it now' };

  const bytes = await store.get(key, CALL);
  const entry = bytes === undefined ? undefined : decodeEntry(bytes);
  if (entry === undefined || entry.kind === 'tombstone' || entry.kind === 'foreign') return { kind: 'right' };

  const expected = stateOfTable(entity, await table.get(sample.primaryKey));
  if (stateOfEntry(entry) === expected) return { kind: 'right' };

  const { suspicion } = sample;
  if (suspicion?.nonce === entry.nonce && suspicion.table === expected) {
    const now = clock.now();
    const { bytes: tombstone, ttl } = tombstoneAlways('audit found it stale', now);
    await store.setAlways(key, tombstone, ttl, CALL);
    return { kind: 'stale', age: milliseconds(Math.max(0, now - entry.at)) };
  }
  const looks = (suspicion?.looks ?? 0) + 1;
  // An entry that was replaced since the last look was corrected, by an event or by time. Without an end to it, every
  // sample of an item that changes all the time would stay in the queue for ever.
  if (looks > MAX_LOOKS) return { kind: 'undecided', reason: `it changed between each of ${MAX_LOOKS} looks` };
  const again = { entity: entity.name, primaryKey: sample.primaryKey };
  return { kind: 'suspect', again: { ...again, suspicion: { nonce: entry.nonce, table: expected, looks } } };
}

/** Bounds of one store call. Only a queue waits for it. */
const CALL = { timeout: seconds(5), attempts: 4 };

/** Looks at one sample that may end in a suspicion. */
const MAX_LOOKS = 5;

function keyOf(namespace: string, entity: AnyEntity, { primaryKey }: AuditSample): EntryKey | undefined {
  try {
    return entryKey(namespace, entity, primaryKey);
  } catch (error) {
    if (error instanceof InvalidKeyError) return undefined;
    throw error;
  }
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

function stateOfEntry(entry: Exclude<Entry, { kind: 'tombstone' }>): string {
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
