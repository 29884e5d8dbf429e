import { decodeEntry, type Entry, type Foreign } from '../../shared/entry/entry.ts';
import type { PrimaryKey } from '../../shared/entry/item.ts';
import { decodePayload } from '../../shared/entry/payload.ts';
import { entryKey } from '../../shared/map/cache-key.ts';
import type { AnyEntity } from '../../shared/map/entity.ts';
import { answerOf, type Comparison, compareWithTable } from '../../shared/repair/comparison.ts';
import type { EntryKey } from '../../shared/store/port.ts';
import type { Duration } from '../../shared/time.ts';
import type { Connection } from '../connection.ts';
import { attributesOf, type ShownAttributes } from './attributes.ts';
import { timeLeft } from './time-left.ts';

/** An entry as it is stored, beside the table's item. */
export interface EntryView {
  readonly key: EntryKey;
  /** Bytes of the entry; `undefined` where there is none. */
  readonly size: number | undefined;
  readonly entry: Entry | Foreign | undefined;
  /** `undefined` where there is no entry, or the store cannot tell. */
  readonly ttlLeft: Duration | undefined;
  /** When it was read, epoch milliseconds. */
  readonly at: number;
  /** What readers get from the entry; `undefined` where they get nothing from it. */
  readonly cached: ShownAttributes | undefined;
  /** What would be cached of the table's item; `undefined` where there is none. */
  readonly inTable: ShownAttributes | undefined;
  readonly comparison: Comparison;
}

/**
 * Reads an entry and its item.
 *
 * @throws {InvalidKeyError} for a key that is not one of the entity
 * @throws {StoreError} and the table's errors
 */
export async function viewEntry(
  entity: AnyEntity,
  primaryKey: PrimaryKey,
  { namespace, store, table, clock }: Connection,
): Promise<EntryView> {
  const key = entryKey(namespace, entity, primaryKey);
  const [bytes, ttlLeft] = await Promise.all([store.get(key), timeLeft(store, key)]);
  const at = clock.now();
  // After the entry: what was written between the two is then a difference, and not an agreement that is none.
  const item = await table.get(primaryKey);
  const entry = bytes === undefined ? undefined : decodeEntry(bytes);
  return {
    ...{ key, entry, ttlLeft, at },
    size: bytes?.length,
    cached: entry?.kind === 'value' ? attributesOf(() => decodePayload(entry.payload)) : undefined,
    inTable: item === undefined ? undefined : attributesOf(() => entity.project(item)),
    comparison: compareWithTable(entity, answerOf(bytes), item),
  };
}
