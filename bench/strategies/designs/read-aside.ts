import type { Duration } from '../../../shared/time.ts';
import { type ItemView, type MemberView, viewItem, viewMember } from '../world/row.ts';
import type { Design, ProcessParts, ReadPath } from './design.ts';

/** What is most often shipped: nothing keeps the cache in step, so the TTL is short. */
export const READ_ASIDE: Design = {
  id: 'read-aside',
  name: 'read-aside, short TTL',
  description: 'Read-aside with a TTL of one minute; nothing else corrects an entry.',
  isOurs: false,
  readPath: (parts) => plainReadAside(parts, parts.scenario.shortTtl),
};

/**
 * Read-aside as it is usually written: values as JSON, plain writes, no cached absences, and the table's default
 * (eventually consistent) reads.
 */
export function plainReadAside({ texts, table }: Pick<ProcessParts, 'texts' | 'table'>, ttl: Duration): ReadPath {
  return {
    async item(key) {
      const cached = await texts.get(itemKey(key.id));
      if (cached !== undefined) return { value: parseItem(cached), isHit: true };
      const row = await table.item(key, false);
      if (row === undefined) return { value: undefined, isHit: false };
      const value = viewItem(row);
      await texts.set(itemKey(key.id), JSON.stringify(value), ttl);
      return { value, isHit: false };
    },
    async list(list) {
      const cached = await texts.get(listKey(list));
      if (cached !== undefined) return { value: parseList(cached), isHit: true };
      const value = (await table.list(list, false)).map(viewMember);
      await texts.set(listKey(list), JSON.stringify(value), ttl);
      return { value, isHit: false };
    },
  };
}

export const itemKey = (id: string): string => `bench:item:${id}`;
export const listKey = (list: string): string => `bench:list:${list}`;

const parseItem = (json: string): ItemView => JSON.parse(json);
const parseList = (json: string): readonly MemberView[] => JSON.parse(json);
