import type { Item } from '../../shared/entry/item.ts';
import type { Segment, TableScanner } from '../../shared/scan/table-scanner.ts';

/** A table in memory that can be scanned, two items to a page. */
export interface PagedTable extends TableScanner {
  /** The segments that were asked for, page by page. */
  readonly asked: Segment[];
  /** What happens before a page is answered, and after what is in it has been decided. */
  before: () => void | Promise<void>;
}

export function pagedTable(items: readonly Item[]): PagedTable {
  const table: PagedTable = {
    asked: [],
    before: () => {},
    async page(segment, cursor = '0') {
      table.asked.push(segment);
      const own = items.filter((_, i) => i % segment.total === segment.index);
      const end = Number(cursor) + PAGE_ITEMS;
      const page = { items: own.slice(Number(cursor), end), cursor: end < own.length ? String(end) : undefined };
      await table.before();
      return page;
    },
  };
  return table;
}

const PAGE_ITEMS = 2;
