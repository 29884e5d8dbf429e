import type { Item } from '../../shared/entry/item.ts';
import { entity, hours } from '../../shared/index.ts';
import type { TableReader } from '../../shared/read/table.ts';

/** The entity that is read, whole. */
export const thing = entity('thing', {
  key: { PK: 'THING#{id}', SK: 'THING#{id}' },
  onChange: 'refresh',
  ttl: hours(1),
});

/** An item of about 1 KB. */
export function thingOf(id: string): Item {
  return {
    PK: `THING#${id}`,
    SK: `THING#${id}`,
    owner: 'owner-7',
    status: 'open',
    revision: 7,
    tags: ['one', 'two'],
    address: { city: 'Vienna', zip: '1010' },
    body: 'lorem ipsum '.repeat(72),
  };
}

/** A table that has every thing and takes no time: what is measured is what stands before it. */
export function tableOfThings(): TableReader & { readonly reads: () => number } {
  let reads = 0;
  return {
    reads: () => reads,
    async get({ PK }) {
      reads += 1;
      return thingOf(String(PK).slice('THING#'.length));
    },
    async getMany(keys) {
      reads += 1;
      return keys.map(({ PK }) => thingOf(String(PK).slice('THING#'.length)));
    },
    query: () => Promise.resolve({ items: [], cursor: undefined }),
  };
}
