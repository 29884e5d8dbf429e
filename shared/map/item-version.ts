import type { ItemVersion } from '../entry/entry.ts';
import type { Item, ItemValue } from '../entry/item.ts';
import { type ExactNumber, numberFrom } from '../entry/number.ts';
import { isExactNumber } from './key-value.ts';

/**
 * Where an item's version is: the name of an attribute that only ever grows, or a function of the item. Numbers are
 * compared as numbers, texts (ISO times, padded counters) by their characters.
 */
export type VersionBy = string | ((item: Item) => ExactNumber | string | undefined);

/** Compiles `versionBy`; without one, no item has a version. */
export function versionReader(versionBy: VersionBy | undefined): (item: Item) => ItemVersion | undefined {
  if (versionBy === undefined) return () => undefined;
  if (typeof versionBy === 'function') return (item) => asVersion(versionBy(item));
  return (item) => (Object.hasOwn(item, versionBy) ? asVersion(item[versionBy]) : undefined);
}

/**
 * A version that JavaScript can compare exactly, or none. A number that is only approached could make two versions
 * look the same, and the newer one would pass for reflected; without a version the protocol decides by time.
 */
function asVersion(value: ItemValue | undefined): ItemVersion | undefined {
  if (typeof value === 'string') return value;
  if (!isExactNumber(value)) return undefined;
  const number = typeof value === 'object' ? numberFrom(value.value) : value;
  if (typeof number === 'bigint') return number;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
