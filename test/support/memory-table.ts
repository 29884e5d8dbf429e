import type { Item, PrimaryKey } from '../../shared/entry/item.ts';
import type { TableReader } from '../../shared/read/table.ts';

/** A table in memory whose reads are counted. Queries answer what the test says. */
export interface MemoryTable extends TableReader {
  put(key: PrimaryKey, item: Item | undefined): void;
  /** What was asked: `get`, `getMany(2)`, `query`. */
  readonly calls: string[];
  /** What happens before an answer is given: a test may wait here, move the clock, or throw. */
  before: () => void | Promise<void>;
  /** Answers a query. */
  answer: TableReader['query'];
}

export function createMemoryTable(): MemoryTable {
  const items = new Map<string, Item>();
  const nameOf = (key: PrimaryKey): string => JSON.stringify(Object.entries(key).sort());
  const table: MemoryTable = {
    calls: [],
    before: () => {},
    answer: () => Promise.resolve({ items: [], cursor: undefined }),
    put(key, item) {
      if (item === undefined) items.delete(nameOf(key));
      else items.set(nameOf(key), item);
    },
    async get(key) {
      table.calls.push('get');
      await table.before();
      return items.get(nameOf(key));
    },
    async getMany(keys) {
      table.calls.push(`getMany(${keys.length})`);
      await table.before();
      return keys.map((key) => items.get(nameOf(key)));
    },
    async query(request, page) {
      table.calls.push('query');
      await table.before();
      return table.answer(request, page);
    },
  };
  return table;
}
