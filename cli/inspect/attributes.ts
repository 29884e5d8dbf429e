import { encodePayload, payloadToJson } from '../../shared/entry/payload.ts';
import { nameOf } from '../../shared/sync/plan.ts';
import { isObject } from '../../shared/sync/record.ts';

/** A value for people: each attribute as JSON text, numbers with all their digits. */
export type ShownAttributes = ReadonlyMap<string, string>;

/** @param value may throw: the user's `project` does, and a payload that is damaged */
export function attributesOf(value: () => unknown): ShownAttributes {
  try {
    const read = value();
    // Only a plain object has attributes that mean something by themselves.
    if (!isObject(read) || Object.getPrototypeOf(read) !== Object.prototype) return new Map([[WHOLE, jsonOf(read)]]);
    return new Map(Object.entries(read).map(([name, attribute]) => [name, jsonOf(attribute)]));
  } catch (error) {
    return new Map([[WHOLE, `cannot be shown: ${nameOf(error)}`]]);
  }
}

/** Stands for the name of an attribute where a value has none. */
const WHOLE = '(value)';

const jsonOf = (value: unknown): string => (value === undefined ? '' : payloadToJson(encodePayload(value)));
