import type { PrimaryKey } from '../entry/item.ts';
import { entryKey } from '../map/cache-key.ts';
import type { CacheMap } from '../map/cache-map.ts';
import type { AnyEntity } from '../map/entity.ts';
import { InvalidKeyError } from '../map/errors.ts';
import type { TableReader } from '../read/table.ts';
import type { CacheStore, EntryKey } from '../store/port.ts';
import { tombstoneAlways } from '../sync/decide.ts';
import { type Clock, type Duration, milliseconds, seconds } from '../time.ts';
import type { AuditSample } from './audit-sample.ts';
import { answerOf, compareWithTable, type Difference } from './comparison.ts';

/** What one look at an entry came to. */
export type Look =
  /** The entry agrees with the table, or leaves the answer to it. */
  | { readonly kind: 'right' }
  /** They disagree; a change whose event is still on its way would look the same. Look again later. */
  | { readonly kind: 'suspect'; readonly again: AuditSample }
  /**
   * They disagreed a look ago in the very same way: no event is going to correct this. `age` is that of the entry, so
   * it was wrong for that long at most.
   */
  | { readonly kind: 'stale'; readonly key: EntryKey; readonly age: Duration }
  /** Nothing can be said: the map has changed, or the item changes faster than it can be looked at. */
  | { readonly kind: 'undecided'; readonly reason: string };

export interface LookDependencies {
  readonly map: CacheMap;
  readonly namespace: string;
  readonly store: Pick<CacheStore, 'get' | 'setAlways'>;
  readonly table: Pick<TableReader, 'get'>;
  readonly clock: Clock;
}

/**
 * Compares one entry with a consistent read of the table. Changes nothing.
 *
 * One disagreement proves nothing: the table may have changed a moment ago, and its event be on its way. So an entry
 * counts as stale only when, a look later, neither it (by its nonce) nor the table has moved. The time between the
 * looks is the caller's, and has to be longer than the stream usually lags.
 *
 * @throws {StoreError} and the table's errors: the look has to be repeated
 */
export async function look(sample: AuditSample, dependencies: LookDependencies): Promise<Look> {
  const { map, namespace, store, table, clock } = dependencies;
  const entity = map.entities.find(({ name }) => name === sample.entity);
  if (entity === undefined) return { kind: 'undecided', reason: 'no entity of the map has this name' };
  const key = keyOf(namespace, entity, sample);
  if (key === undefined) return { kind: 'undecided', reason: 'the key is not one of the entity as the map has it now' };

  const answer = answerOf(await store.get(key, CALL));
  if (answer.kind === 'silent') return { kind: 'right' };
  const comparison = compareWithTable(entity, answer, await table.get(sample.primaryKey));
  if (comparison.kind !== 'differs') return { kind: 'right' };

  const { suspicion } = sample;
  if (suspicion?.nonce === comparison.entry.nonce && suspicion.table === comparison.table) {
    return { kind: 'stale', key, age: milliseconds(Math.max(0, clock.now() - comparison.entry.at)) };
  }
  // An entry that was replaced since the last look was corrected, by an event or by time. Without an end to it, every
  // sample of an item that changes all the time would be looked at for ever.
  const again = suspect(entity, sample.primaryKey, comparison, (suspicion?.looks ?? 0) + 1);
  if ((again.suspicion?.looks ?? 0) > MAX_LOOKS) {
    return { kind: 'undecided', reason: `it changed between each of ${MAX_LOOKS} looks` };
  }
  return { kind: 'suspect', again };
}

/**
 * What to look at again after a disagreement.
 *
 * @param looks so far
 */
export function suspect(
  entity: AnyEntity,
  primaryKey: PrimaryKey,
  { entry, table }: Difference,
  looks = 1,
): AuditSample {
  return { entity: entity.name, primaryKey, suspicion: { nonce: entry.nonce, table, looks } };
}

/**
 * Replaces a stale entry by a tombstone. Should an event have been about to correct it, that is harmless.
 *
 * @throws {StoreError}
 */
export async function mend(key: EntryKey, { store, clock }: Pick<LookDependencies, 'store' | 'clock'>): Promise<void> {
  const { bytes, ttl } = tombstoneAlways('it was found stale', clock.now());
  await store.setAlways(key, bytes, ttl, CALL);
}

/** Bounds of one store call. No reader waits for it. */
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
