import { createHash } from 'node:crypto';

/** A name for a key that can stand in a log: the same for the same key, and nothing of the item's data in it. */
export function keyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}
