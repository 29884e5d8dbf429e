import { createHash } from 'node:crypto';
import { NumberValue } from '../entry/item.ts';

/**
 * Names a value without holding any of its data: two values have one digest exactly when they are the same, whatever
 * the order in which attributes and the members of sets arrive from one read to the next.
 *
 * @param value as `decodePayload` gives it
 */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalText(value)).digest('hex');
}

/** Each type begins in its own way, so that no two types share a text. */
function canonicalText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)}`;
  if (value instanceof Uint8Array) return `binary ${Buffer.from(value).toString('base64')}`;
  if (value instanceof Set) return `set(${Array.from(value, canonicalText).sort().join()})`;
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (value instanceof NumberValue) return `decimal ${String(value)}`;
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalText(member)}`)
    .sort()
    .join()}}`;
}
