import { beforeEach, expect, test } from 'vitest';
import cacheMap, { myOrders, order, product, user } from '../../../../cache.config.ts';
import { browseMomento } from '../../../../local/console/entries/browse-momento.ts';
import { createEntries, type Entries } from '../../../../local/console/entries/entries.ts';
import { createMomentoStorage } from '../../../../local/momento/storage.ts';
import { type Entry, encodeEntry, newNonce } from '../../../../shared/entry/entry.ts';
import { encodeGeneration, encodePage } from '../../../../shared/entry/generation.ts';
import { encodePayload } from '../../../../shared/entry/payload.ts';
import { entryKey, epochKey, generationKey, pageKey } from '../../../../shared/map/cache-key.ts';
import { minutes, systemClock } from '../../../../shared/time.ts';
import { createMemoryTable, type MemoryTable } from '../../../support/memory-table.ts';

const NAMESPACE = 'v1';
const AT = 1_790_000_000_000;
const ada = { username: 'ada', firstName: 'Ada', lastName: 'King', email: 'ada@example.com' };
const adaKey = { PK: 'USER#ada', SK: 'USER#ada' };

let table: MemoryTable;
let entries: Entries;
let store: (key: string, bytes: Uint8Array) => string;

beforeEach(() => {
  const storage = createMomentoStorage(systemClock, ['cache']);
  table = createMemoryTable();
  entries = createEntries(browseMomento(storage, new Set(['cache'])), { map: cacheMap, table });
  store = (key, bytes) => {
    storage.cache('cache')?.set(Buffer.from(key), bytes, minutes(1));
    return key;
  };
});

const stamp = { at: AT, floor: 'unknown', nonce: newNonce() } as const;
const byStream = { by: 'stream' } as const;
const valueEntry = (value: unknown): Entry => ({
  ...stamp,
  kind: 'value',
  origin: byStream,
  payload: encodePayload(value),
});
const storeUser = (entry: Entry): string => store(entryKey(NAMESPACE, user, adaKey), encodeEntry(entry));

test.each([
  ['a value that the table has', valueEntry(ada), ada, 'agrees'],
  ['a value that has changed', valueEntry(ada), { ...ada, lastName: 'Lovelace' }, 'differs'],
  ['a value whose item is gone', valueEntry(ada), undefined, 'differs'],
  ['an absence', { ...stamp, kind: 'absent', origin: byStream } as const, undefined, 'agrees'],
  ['an absence of what is there now', { ...stamp, kind: 'absent', origin: byStream } as const, ada, 'differs'],
  ['a tombstone', { ...stamp, kind: 'tombstone' } as const, ada, 'asks-the-table'],
])('%s, beside the table', async (_, entry, item, verdict) => {
  table.put(adaKey, item && { ...adaKey, ...item, loginCount: 7 });

  const opened = await entries.open(storeUser(entry));

  expect(opened).toMatchObject({ kind: entry.kind, of: 'user', label: 'USER#ada', at: AT });
  expect(opened?.table).toMatchObject({ kind: 'read', verdict });
  // What the map leaves out is not shown either.
  expect(JSON.stringify(opened)).not.toContain('loginCount');
});

test('a value with numbers and sets that JSON does not hold is compared exactly', async () => {
  const key = { PK: 'PRODUCT#teapot', SK: 'PRODUCT#teapot' };
  const item = { ...key, price: 12_345_678_901_234_567_890n, tags: new Set(['brass']) };
  table.put(key, item);
  const cached = store(entryKey(NAMESPACE, product, key), encodeEntry(valueEntry(product.project(item))));

  const opened = await entries.open(cached);

  expect(opened?.payload).toContain('12345678901234567890');
  expect(opened?.table).toMatchObject({ verdict: 'agrees' });
});

test('a page is compared with its query, and asks the table once its generation is replaced', async () => {
  const listed = { orderId: '1', createdBy: 'a:b', status: 'OPEN', createdAt: '', updatedAt: '', items: [] };
  table.answer = async () => ({ items: [listed], cursor: undefined });
  const params = { createdBy: 'a:b' };
  const [generation, epoch] = [newNonce(), newNonce()];
  const payload = encodePayload([order.project(listed)]);
  const page = store(
    pageKey(NAMESPACE, myOrders, params, { limit: 50 }),
    encodePage({ generation, epoch, at: AT, payload }),
  );
  store(epochKey(NAMESPACE, myOrders), encodeGeneration({ nonce: epoch, at: AT }));
  const generationOf = generationKey(NAMESPACE, myOrders, params);
  store(generationOf, encodeGeneration({ nonce: generation, at: AT }));
  expect((await entries.open(page))?.table).toMatchObject({ verdict: 'agrees' });

  store(generationOf, encodeGeneration({ nonce: newNonce(), at: AT }));
  expect((await entries.open(page))?.table).toMatchObject({ verdict: 'asks-the-table' });
});

test('what is not an entry is shown as it is, and compared with nothing', async () => {
  const opened = await entries.open(store('somebody:else', Buffer.from('hello\nworld')));

  expect(opened).toMatchObject({ kind: 'foreign', of: undefined, label: 'somebody:else', header: 'hello' });
  expect(opened?.table.kind).toBe('nothing-to-compare');
});

test('what has expired in the meantime cannot be opened', async () => {
  expect(await entries.open('v1:user@1:USER%23ada:USER%23ada')).toBeUndefined();
});

test('a search takes words in any order and case, and answers the newest first', async () => {
  storeUser(valueEntry(ada));
  const bob = { PK: 'USER#bob', SK: 'USER#bob' };
  store(entryKey(NAMESPACE, user, bob), encodeEntry({ ...stamp, kind: 'tombstone', at: AT + 1 }));

  const labels = async (search: string) => (await entries.search(search)).entries.map(({ label }) => label);
  expect(await labels('')).toEqual(['USER#bob', 'USER#ada']);
  expect(await labels('TOMBSTONE user')).toEqual(['USER#bob']);
  expect(await labels('ada tombstone')).toEqual([]);
  expect(await entries.search('ada')).toMatchObject({ matching: 1, total: 2 });
});
