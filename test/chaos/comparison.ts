import { isDeepStrictEqual } from 'node:util';
import cacheMap from '../../cache.config.ts';
import { decodeEntry, type Entry, type Foreign } from '../../shared/entry/entry.ts';
import type { Item } from '../../shared/entry/item.ts';
import { decodePayload, encodePayload } from '../../shared/entry/payload.ts';
import { entryKey } from '../../shared/map/cache-key.ts';
import { createReader } from '../../shared/read/reader.ts';
import type { TableReader } from '../../shared/read/table.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import { seconds } from '../../shared/time.ts';
import { LISTS, SUBJECTS, type Subject } from './subjects.ts';

/** What the cache holds, compared with the table. */
export interface Comparison {
  /** Keys of all entities, by what the cache has there. */
  readonly entries: Record<Entry['kind'] | Foreign['kind'] | 'nothing', number>;
  /** Pages of all lists, by whether the cache has one that it would answer with. */
  readonly pages: { valid: number; invalid: number };
  /** Subjects whose entry says something else than the table. */
  readonly wrongEntries: readonly Subject[];
  /** Names of the collections whose pages say something else than the table; once for each page. */
  readonly wrongPages: readonly string[];
}

/** Entries and pages that say something else than the table. */
export const disagreements = ({ wrongEntries, wrongPages }: Comparison): number =>
  wrongEntries.length + wrongPages.length;

/** Where to look. */
export interface Comparable {
  readonly store: CacheStore;
  readonly table: TableReader;
  readonly namespace: string;
}

/** Compares every key of every entity and collection with the table, and changes nothing. */
export async function compareWithTable({ store, table, namespace }: Comparable): Promise<Comparison> {
  const entries = { value: 0, absent: 0, tombstone: 0, foreign: 0, nothing: 0 };
  const wrongEntries: Subject[] = [];
  const keys = SUBJECTS.map(({ entity, key }) => entryKey(namespace, entity, { ...key }));
  const stored = await store.getMany(keys, PATIENT);
  const items = await table.getMany(SUBJECTS.map(({ key }) => ({ ...key })));
  SUBJECTS.forEach((subject, i) => {
    const bytes = stored[i];
    const entry = bytes === undefined ? undefined : decodeEntry(bytes);
    entries[entry?.kind ?? 'nothing'] += 1;
    if (entry !== undefined && isWrong(entry, subject, items[i])) wrongEntries.push(subject);
  });
  return { entries, wrongEntries, ...(await comparePages({ store, table, namespace })) };
}

function isWrong(entry: Entry | Foreign, { entity }: Subject, item: Item | undefined): boolean {
  if (entry.kind === 'absent') return item !== undefined;
  // The other kinds leave the answer to the table.
  if (entry.kind !== 'value') return false;
  return item === undefined || !isDeepStrictEqual(decodePayload(entry.payload), asStored(entity.project(item)));
}

/** A value as it comes back from the cache. */
const asStored = (value: unknown): unknown => decodePayload(encodePayload(value));

async function comparePages({
  store,
  table,
  namespace,
}: Comparable): Promise<Pick<Comparison, 'pages' | 'wrongPages'>> {
  const pages = { valid: 0, invalid: 0 };
  const wrongPages: string[] = [];
  const reader = createReader({
    store: readOnly(store),
    table,
    namespace,
    settings: { cacheTimeout: PATIENT.timeout },
  });
  for (const { collection, params } of LISTS) {
    for (const page of [{}, { limit: 3 }]) {
      const { outcome, items } = await reader.query(collection, params, page);
      if (outcome !== 'hit') {
        pages.invalid += 1;
        continue;
      }
      pages.valid += 1;
      const limit = page.limit ?? collection.pageSize;
      const found = await table.query(collection.query(params), limit === undefined ? {} : { limit });
      const expected = found.items.map((item) => asStored(collection.project(item)));
      if (!isDeepStrictEqual([...items], expected)) wrongPages.push(collection.name);
    }
  }
  return { pages, wrongPages };
}

/** A store that nothing is written to, so that looking does not mend. */
const readOnly = (store: CacheStore): CacheStore => ({
  name: store.name,
  get: (...args) => store.get(...args),
  getMany: (...args) => store.getMany(...args),
  setIfAbsent: async () => false,
  setIfUnchanged: async () => false,
  setAlways: async () => {},
  set: async () => {},
  setMany: async () => {},
  close: async () => {},
});

/** A comparison is worth nothing where the cache was not asked. */
const PATIENT = { timeout: seconds(10), attempts: 3 };

/** That there is no entity and no collection of the map without a subject and a list. */
export function assertNothingLeftOut(): void {
  const left = [
    ...cacheMap.entities.filter((entity) => !SUBJECTS.some((subject) => subject.entity === entity)),
    ...cacheMap.collections.filter((collection) => !LISTS.some((list) => list.collection === collection)),
  ];
  if (left.length > 0) throw new Error(`nothing is written of ${left.map(({ name }) => name).join(', ')}`);
}
