import type { PrimaryKey } from '../../shared/entry/item.ts';
import { entryKey, generationKey } from '../../shared/map/cache-key.ts';
import type { CacheMap } from '../../shared/map/cache-map.ts';
import type { AnyCollection, CollectionParams } from '../../shared/map/collection.ts';
import type { AnyEntity } from '../../shared/map/entity.ts';
import type { KeyParams } from '../../shared/map/key-scheme.ts';
import type { EntryKey, PlainKey } from '../../shared/store/port.ts';
import { plan } from '../../shared/sync/plan.ts';
import { readRecord } from '../../shared/sync/record.ts';
import type { ChangeLog } from './change-log.ts';

/** An item that a batch is about. */
export interface TouchedItem {
  readonly entity: AnyEntity;
  readonly params: KeyParams;
  readonly key: PrimaryKey;
  readonly cacheKey: EntryKey;
  /** The batch inserts it. */
  readonly isNew: boolean;
}

/** One parameter set of a collection: its first page is what is read. */
export interface ParameterSet {
  readonly collection: AnyCollection;
  readonly params: CollectionParams;
  readonly generation: PlainKey;
}

/** What a batch may change in the cache. */
export interface Touched {
  readonly items: readonly TouchedItem[];
  readonly pages: readonly ParameterSet[];
}

/**
 * Finds what a batch touches, also where the function will decide to leave it alone.
 *
 * @param known the parameter sets that are in use: those affected by a change that cannot say which ones it affects
 */
export function touchedBy(
  records: readonly unknown[],
  map: CacheMap,
  namespace: string,
  known: Iterable<ParameterSet>,
): Touched {
  const items = new Map<EntryKey, TouchedItem>();
  records.forEach((record, index) => {
    const read = readRecord(record, index);
    const { key } = read;
    const match = key === undefined ? undefined : map.match(key);
    if (key === undefined || match?.kind !== 'entity') return;
    const { entity, params } = match;
    const cacheKey = entryKey(namespace, entity, key);
    const isNew = 'type' in read && read.type === 'INSERT';
    if (!items.has(cacheKey)) items.set(cacheKey, { entity, params, key, cacheKey, isNew });
  });

  const pages = new Map<PlainKey, ParameterSet>();
  for (const { key, collection, params } of plan(records, map, namespace).renewals) {
    if (params !== undefined) pages.set(key, { collection, params, generation: key });
    else for (const set of known) if (set.collection === collection) pages.set(set.generation, set);
  }
  return { items: [...items.values()], pages: [...pages.values()] };
}

/** Every parameter set that an image in the log belongs to. */
export function parameterSetsIn(log: ChangeLog, map: CacheMap, namespace: string): ParameterSet[] {
  const sets = new Map<PlainKey, ParameterSet>();
  for (const { key, versions } of log.histories.values()) {
    const match = map.match(key);
    if (match.kind !== 'entity') continue;
    for (const collection of map.collectionsOf(match.entity)) {
      for (const { state } of versions) {
        if (state.kind !== 'item') continue;
        try {
          for (const params of collection.by(state.item, match.entity.name)) {
            const generation = generationKey(namespace, collection, params);
            sets.set(generation, { collection, params, generation });
          }
        } catch {
          // `by` is the user's code: what it throws for belongs to no parameter set, and the function quarantines it.
        }
      }
    }
  }
  return [...sets.values()];
}
