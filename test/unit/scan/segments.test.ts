import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createReadBudget } from '../../../shared/scan/read-budget.ts';
import { type LoadedPage, type SegmentPosition, scanSegments } from '../../../shared/scan/segments.ts';
import { systemClock } from '../../../shared/time.ts';
import { pagedTable } from '../../support/paged-table.ts';

const ITEMS = Array.from({ length: 10 }, (_, i) => ({ PK: `ITEM#${i}` }));
const idsOf = (pages: readonly LoadedPage[]) => pages.flatMap(({ items }) => items.map(({ PK }) => PK)).sort();

/** Scans until the signal, if any, aborts; answers what was visited and where the segments stood behind each page. */
async function scan(options: {
  readonly positions: readonly SegmentPosition[];
  readonly table?: ReturnType<typeof pagedTable>;
  readonly signal?: AbortSignal;
  readonly visit?: (page: LoadedPage) => Promise<void>;
}) {
  const { table = pagedTable(ITEMS), signal = new AbortController().signal, visit = async () => {} } = options;
  const pages: LoadedPage[] = [];
  const progress: (readonly SegmentPosition[])[] = [];
  const scanning = scanSegments({
    table,
    budget: createReadBudget({ unitsPerSecond: 1_000 }),
    clock: systemClock,
    positions: options.positions,
    signal,
    visit: async (page) => {
      await visit(page);
      pages.push(page);
    },
    onPage: (_, positions) => void progress.push(positions),
  });
  return { pages, progress, scanning, table };
}

it.each([1, 3, 12])('visits every item once with %i segments', async (total) => {
  const { pages, progress, scanning } = await scan({ positions: Array(total).fill('unread') });
  await scanning;

  expect(idsOf(pages)).toEqual(ITEMS.map(({ PK }) => PK).sort());
  expect(progress.at(-1)).toEqual(Array(total).fill('read'));
});

it('ends behind the page that it is told to end at, and visits the others when it continues', async () => {
  const controller = new AbortController();
  const first = await scan({
    positions: ['unread', 'unread'],
    signal: controller.signal,
    visit: async () => controller.abort(),
  });
  await first.scanning;
  const second = await scan({ positions: first.progress.at(-1) ?? [] });
  await second.scanning;

  expect(first.pages).toHaveLength(2);
  expect(idsOf([...first.pages, ...second.pages])).toEqual(ITEMS.map(({ PK }) => PK).sort());
});

it('reads nothing of a segment that has been read', async () => {
  const { scanning, table } = await scan({ positions: ['read', 'unread'] });
  await scanning;

  expect(new Set(table.asked.map(({ index }) => index))).toEqual(new Set([1]));
});

it('ends everything when a visit fails, and does not take the page for done', async () => {
  const { progress, scanning, table } = await scan({
    positions: ['unread', 'unread'],
    visit: async ({ items }) => {
      if (items.some(({ PK }) => PK === 'ITEM#1')) throw new Error('this one fails');
      // Long enough for the failure to be heard of.
      await setImmediate();
    },
  });
  await expect(scanning).rejects.toThrow('this one fails');

  expect(progress.at(-1)).toEqual([{ after: expect.any(String) }, 'unread']);
  expect(table.asked).toHaveLength(2);
});
