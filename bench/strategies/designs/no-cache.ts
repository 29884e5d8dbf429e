import { viewItem, viewMember } from '../world/row.ts';
import type { Design } from './design.ts';

/** Every read is one of the table, eventually consistent as reads are unless one asks for more. */
export const NO_CACHE: Design = {
  id: 'no-cache',
  name: 'no cache',
  description: 'Every read is an eventually consistent read of the table.',
  isOurs: false,
  readPath: ({ table }) => ({
    async item(key) {
      const row = await table.item(key, false);
      return { value: row && viewItem(row), isHit: false };
    },
    async list(list) {
      return { value: (await table.list(list, false)).map(viewMember), isHit: false };
    },
  }),
};
