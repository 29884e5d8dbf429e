import type { EntryList, OpenEntry } from '../protocol.ts';
import { type CacheBrowser, MOST_LISTED } from './browse.ts';
import { type Comparison, compareWithTable, indented } from './compare.ts';
import { describe } from './describe.ts';
import { searchEntries } from './list.ts';

/** The entries of a cache, to be looked at. */
export interface Entries {
  search(search: string): Promise<EntryList>;
  /** An entry beside what the table has; `undefined` when it is not there (any more). */
  open(key: string): Promise<OpenEntry | undefined>;
}

export function createEntries(cache: CacheBrowser, tableAndMap: Omit<Comparison, 'cache'>): Entries {
  const comparison = { cache, ...tableAndMap };
  return {
    async search(search) {
      const stored = await cache.list();
      const lines = stored.map((entry) => describe(entry).line);
      return { ...searchEntries(lines, search), isCut: stored.length >= MOST_LISTED };
    },
    async open(key) {
      const stored = await cache.find(key);
      if (stored === undefined) return undefined;
      const described = describe(stored);
      const { line, payload } = described;
      const [header = ''] = Buffer.from(stored.bytes).toString().split('\n', 1);
      return {
        ...line,
        header,
        payload: payload && indented(payload),
        table: await compareWithTable(described, comparison),
      };
    },
  };
}
