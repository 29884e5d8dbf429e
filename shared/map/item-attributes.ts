import type { Item, ItemValue } from '../entry/item.ts';

/**
 * A projection that keeps the named attributes (those that the item has) and leaves out keys, index attributes and
 * whatever else the readers do not need.
 *
 * @example project: pick('username', 'firstName', 'lastName')
 */
export function pick<const Names extends readonly string[]>(
  ...names: Names
): (item: Item) => { readonly [Name in Names[number]]?: ItemValue };
export function pick(...names: readonly string[]): (item: Item) => { [name: string]: ItemValue } {
  return (item) => Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}

/**
 * The text of an attribute that must be there. For `project` and `by`: an item that lacks it is one that the map does
 * not understand, and the protocol has an answer to a projection that throws, but none to a wrong value.
 *
 * @throws {TypeError} that names the attribute (never its value) when it is not text
 */
export function textOf(item: Item, attribute: string): string {
  const value = Object.hasOwn(item, attribute) ? item[attribute] : undefined;
  if (typeof value === 'string') return value;
  throw new TypeError(`the attribute '${attribute}' ${value === undefined ? 'is missing' : 'is not text'}`);
}
