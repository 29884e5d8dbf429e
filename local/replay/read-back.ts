import { keyText, printable } from '../../cli/terminal/text.ts';
import { decodeEntry } from '../../shared/entry/entry.ts';
import { decodeGeneration, decodePage } from '../../shared/entry/generation.ts';
import type { Floor } from '../../shared/entry/position.ts';
import { epochKey, pageKey } from '../../shared/map/cache-key.ts';
import type { PageResult } from '../../shared/read/outcome.ts';
import type { Reader } from '../../shared/read/reader.ts';
import type { TablePage } from '../../shared/read/table.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import { seconds } from '../../shared/time.ts';
import { type Answer, compare, type Expectation, projected } from './agreement.ts';
import type { ImpliedState } from './change-log.ts';
import type { ImpliedTable } from './implied-table.ts';
import type { EntryLine, StoredKind } from './report.ts';
import type { ParameterSet, Touched, TouchedItem } from './touched.ts';

/** An entry as it was read back; the report adds after which batch. */
export type ReadBack = Omit<EntryLine, 'file' | 'batch'>;

export interface ReadBackDependencies {
  readonly store: CacheStore;
  readonly reader: Reader;
  readonly table: ImpliedTable;
  readonly namespace: string;
}

/**
 * Looks at what a batch left in the cache, then reads it through the reader, as whoever comes next would, and compares
 * the answers with what the events imply.
 *
 * @throws a store error when the cache does not answer
 */
export async function readBack({ items, pages }: Touched, dependencies: ReadBackDependencies): Promise<ReadBack[]> {
  const stored = await lookInto(items, pages, dependencies);
  const places = pages.length === 0 ? [] : stored.pages;
  return Promise.all([
    ...items.map((item, i) => readItem(item, stored.items[i] ?? NOTHING, dependencies)),
    ...pages.map((page, i) => readPage(page, places[i] ?? NO_PAGE, dependencies)),
  ]);
}

interface Stored {
  readonly kind: StoredKind;
  readonly floor: string | undefined;
}

const NOTHING: Stored = { kind: 'nothing', floor: undefined };

interface StoredPage extends Stored {
  readonly cacheKey: string;
}

const NO_PAGE: StoredPage = { ...NOTHING, cacheKey: '' };

/** Before anybody reads: a reader fills what it misses. */
async function lookInto(
  items: readonly TouchedItem[],
  pages: readonly ParameterSet[],
  { store, namespace }: ReadBackDependencies,
): Promise<{ items: Stored[]; pages: StoredPage[] }> {
  const keysOfPages = pages.map(({ collection, params, generation }) => {
    const { pageSize: limit } = collection;
    return {
      epoch: epochKey(namespace, collection),
      generation,
      page: pageKey(namespace, collection, params, { limit }),
    };
  });
  const keys = [
    ...items.map(({ cacheKey }) => cacheKey),
    ...keysOfPages.flatMap(({ epoch, generation, page }) => [epoch, generation, page]),
  ];
  if (keys.length === 0) return { items: [], pages: [] };
  const found = await store.getMany(keys, { timeout: seconds(10), attempts: 3 });
  return {
    items: items.map((_, i) => storedEntry(found[i])),
    pages: keysOfPages.map(({ page }, i) => {
      const [epoch, generation, bytes] = found.slice(items.length + 3 * i);
      return { kind: pageKind(epoch, generation, bytes), floor: undefined, cacheKey: page };
    }),
  };
}

function storedEntry(bytes: Uint8Array | undefined): Stored {
  if (bytes === undefined) return NOTHING;
  const entry = decodeEntry(bytes);
  return { kind: entry.kind, floor: entry.kind === 'foreign' ? undefined : floorText(entry.floor) };
}

const floorText = (floor: Floor): string => (floor === 'unknown' ? '*' : `${floor.label}/${floor.sequence}`);

function pageKind(
  epochBytes: Uint8Array | undefined,
  generationBytes: Uint8Array | undefined,
  pageBytes: Uint8Array | undefined,
): StoredKind {
  if (pageBytes === undefined) return 'nothing';
  const page = decodePage(pageBytes);
  if ('reason' in page) return 'foreign';
  const isCurrent = nonceOf(epochBytes) === page.epoch && nonceOf(generationBytes) === page.generation;
  return isCurrent ? 'page' : 'outdated';
}

function nonceOf(bytes: Uint8Array | undefined): string | undefined {
  const generation = bytes === undefined ? undefined : decodeGeneration(bytes);
  return generation === undefined || 'reason' in generation ? undefined : generation.nonce;
}

async function readItem(
  { entity, params, key, cacheKey }: TouchedItem,
  stored: Stored,
  { reader, table }: ReadBackDependencies,
): Promise<ReadBack> {
  const expectationOf = (state: ImpliedState): Expectation =>
    state.kind === 'item' ? projected(() => entity.project(state.item)) : state;
  const answer = await ask(() => reader.get(entity, params));
  const { implied, difference } = compare(answer, table.acceptable(key).map(expectationOf));
  const skips = difference !== undefined && table.hasGap(key) ? '; the events given skip a change of this item' : '';
  return {
    kind: 'item',
    name: entity.name,
    key: keyText(key, entity.keyAttributes),
    cacheKey,
    stored: stored.kind,
    floor: stored.floor,
    outcome: answer.outcome,
    implied,
    agrees: difference === undefined,
    difference: difference && { ...difference, problem: `${difference.problem}${skips}` },
  };
}

async function readPage(
  { collection, params }: ParameterSet,
  { kind, floor, cacheKey }: StoredPage,
  { reader, table }: ReadBackDependencies,
): Promise<ReadBack> {
  const shown = ({ items, cursor }: Pick<PageResult<unknown>, 'items' | 'cursor'>): unknown => ({ items, cursor });
  const expectationOf = (page: TablePage | 'unknown'): Expectation =>
    page === 'unknown'
      ? { kind: 'unknown' }
      : projected(() => shown({ items: page.items.map((item) => collection.project(item)), cursor: page.cursor }));
  const answer = await ask(async () => {
    const result = await reader.query(collection, params);
    return { outcome: result.outcome, value: shown(result) };
  });
  const { implied, difference } = compare(answer, acceptablePages({ collection, params }, table).map(expectationOf));
  return {
    kind: 'page',
    name: collection.name,
    key: paramsText(params),
    cacheKey,
    stored: kind,
    floor,
    outcome: answer.outcome,
    implied,
    agrees: difference === undefined,
    difference,
  };
}

function acceptablePages(
  { collection, params }: Omit<ParameterSet, 'generation'>,
  table: ImpliedTable,
): readonly (TablePage | 'unknown')[] {
  const { pageSize } = collection;
  try {
    return table.acceptablePages(collection.query(params), pageSize === undefined ? {} : { limit: pageSize });
  } catch {
    // The query is not understood here, or the user's own code throws: nothing is known of the result.
    return ['unknown'];
  }
}

/** Whatever throws here is the table, whose state is unknown, or the user's own code: a hit throws nothing. */
async function ask(read: () => Promise<Omit<Extract<Answer, { kind: 'answer' }>, 'kind'>>): Promise<Answer> {
  try {
    const { outcome, value } = await read();
    return { kind: 'answer', outcome, value };
  } catch {
    return { kind: 'no-answer', outcome: 'miss' };
  }
}

const paramsText = (params: ParameterSet['params']): string =>
  Object.entries(params)
    .map(([name, value]) => `${name}=${printable(String(value))}`)
    .join(' ') || '(all)';
