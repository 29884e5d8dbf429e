import { viewItem } from '../world/row.ts';
import type { Design } from './design.ts';
import { itemKey, listKey, plainReadAside } from './read-aside.ts';

/** The writer itself keeps the cache in step, after the table has taken its write. */
export const WRITE_ASIDE: Design = {
  id: 'write-aside',
  name: 'write-aside',
  description: 'Read-aside; the writer sets or deletes the item and deletes its list after each write.',
  isOurs: false,
  readPath: (parts) => plainReadAside(parts, parts.scenario.ttl),
  async afterWrite({ key, after }, { texts, scenario }) {
    await Promise.all([
      after === undefined
        ? texts.delete(itemKey(key.id))
        : texts.set(itemKey(key.id), JSON.stringify(viewItem(after)), scenario.ttl),
      texts.delete(listKey(key.list)),
    ]);
  },
};
