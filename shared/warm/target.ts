import type { Item, PrimaryKey } from '../entry/item.ts';
import { isKeyValue } from '../entry/key.ts';
import { entryKey } from '../map/cache-key.ts';
import type { CacheMap } from '../map/cache-map.ts';
import type { AnyEntity } from '../map/entity.ts';
import type { EntryKey } from '../store/port.ts';

/** An item, or the absence of one, whose entry is to be there. */
export interface Target {
  readonly entity: AnyEntity;
  readonly primaryKey: PrimaryKey;
  readonly key: EntryKey;
}

/** The entry of an item of the table; `undefined` for an item that is none of the map's, or not surely one of one. */
export function targetOf(map: CacheMap, namespace: string, item: Item): Target | undefined {
  const primaryKey: { [attribute: string]: PrimaryKey[string] } = {};
  // All entities of a map have the key attributes of its one table.
  for (const attribute of map.entities[0]?.keyAttributes ?? []) {
    const value = item[attribute];
    if (!isKeyValue(value)) return undefined;
    primaryKey[attribute] = value;
  }
  const match = map.match(primaryKey);
  if (match.kind !== 'entity') return undefined;
  return { entity: match.entity, primaryKey, key: entryKey(namespace, match.entity, primaryKey) };
}
