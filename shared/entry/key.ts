import { type KeyValue, NumberValue, type PrimaryKey } from './item.ts';

/** Narrows a decoded value to a primary key: at least one attribute, each a string, a number or a binary. */
export function isPrimaryKey(value: unknown): value is PrimaryKey {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const values: unknown[] = Object.values(value);
  return values.length > 0 && values.every(isKeyValue);
}

/** Narrows a value to what a key attribute can hold. */
export function isKeyValue(value: unknown): value is KeyValue {
  if (typeof value === 'object') return value instanceof Uint8Array || value instanceof NumberValue;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
}
