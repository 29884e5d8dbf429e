import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { decodeEntry, type Entry, encodeEntry, newNonce } from '../../../shared/entry/entry.ts';
import type { Item } from '../../../shared/entry/item.ts';
import { encodePayload } from '../../../shared/entry/payload.ts';
import { hours, NumberValue, seconds } from '../../../shared/index.ts';
import { entryKey } from '../../../shared/map/cache-key.ts';
import { createReader, type Reader } from '../../../shared/read/reader.ts';
import { createTableReader } from '../../../shared/read/table.ts';
import { type AuditFinding, audit } from '../../../shared/repair/audit.ts';
import type { AuditSample } from '../../../shared/repair/audit-sample.ts';
import { StoreUnavailable } from '../../../shared/store/errors.ts';
import { createMemoryStore } from '../../../shared/store/memory.ts';
import type { CacheStore, EntryKey } from '../../../shared/store/port.ts';
import { createSync } from '../../../shared/sync/batch.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { lambdaRecord } from '../../support/lambda-records.ts';
import {
  createTestTable,
  map,
  NAMESPACE,
  order,
  orderKey,
  type TestTable,
  user,
  userKey,
} from '../../support/repair.ts';

let clock: TestClock;
let store: CacheStore;
let table: TestTable;
let reader: Reader;

beforeEach(() => {
  clock = createTestClock();
  store = createMemoryStore({ clock });
  table = createTestTable();
  reader = createReader({ store, table, namespace: NAMESPACE, clock });
});

const alice: AuditSample = { entity: 'user', primaryKey: userKey('alice') };
const aliceEntry = entryKey(NAMESPACE, user, userKey('alice'));
const o1: AuditSample = { entity: 'order', primaryKey: orderKey('o1') };
const o1Entry = entryKey(NAMESPACE, order, orderKey('o1'));

const aliceItem = (name = 'Alice', more: Item = {}) => ({ ...userKey('alice'), username: 'alice', name, ...more });
const look = (sample: AuditSample) => audit(sample, { map, namespace: NAMESPACE, store, table, clock });

/** Looks until there is no suspicion left to be looked at again, a minute apart. */
async function looks(sample: AuditSample): Promise<AuditFinding[]> {
  const findings: AuditFinding[] = [];
  for (let next: AuditSample | undefined = sample; next !== undefined; ) {
    const finding = await look(next);
    findings.push(finding);
    next = finding.kind === 'suspect' ? finding.again : undefined;
    if (next !== undefined) clock.advance(seconds(60));
  }
  return findings;
}

const kinds = (findings: readonly AuditFinding[]): string[] => findings.map(({ kind }) => kind);

type Content = { readonly kind: 'absent' } | { readonly kind: 'value'; readonly value: unknown };

/** Puts an entry there as if a change of it had been missed. */
async function plant(key: EntryKey, content: Content): Promise<void> {
  const stamp = { nonce: newNonce(), at: clock.now(), floor: 'unknown', origin: { by: 'stream' } } as const;
  const entry: Entry =
    content.kind === 'absent'
      ? { kind: 'absent', ...stamp }
      : { kind: 'value', ...stamp, payload: encodePayload(content.value) };
  await store.setAlways(key, encodeEntry(entry), hours(1));
}

async function entryAt(key: EntryKey) {
  const bytes = await store.get(key);
  return bytes && decodeEntry(bytes);
}

describe('an entry is right', () => {
  it('when it holds what the table says', async () => {
    table.put(aliceItem());
    await reader.get(user, { username: 'alice' });

    expect(await look(alice)).toEqual({ kind: 'right' });
  });

  it('when both say that there is no item', async () => {
    await reader.get(user, { username: 'alice' });
    expect(await entryAt(aliceEntry)).toMatchObject({ kind: 'absent' });

    expect(await look(alice)).toEqual({ kind: 'right' });
  });

  it('when nothing is cached', async () => {
    table.put(aliceItem());

    expect(await look(alice)).toEqual({ kind: 'right' });
  });

  it('when a tombstone leaves the answer to the table', async () => {
    table.put(aliceItem());
    const tombstone = encodeEntry({ kind: 'tombstone', nonce: newNonce(), at: clock.now(), floor: 'unknown' });
    await store.setAlways(aliceEntry, tombstone, seconds(60));

    expect(await look(alice)).toEqual({ kind: 'right' });
    expect(await store.get(aliceEntry)).toEqual(tombstone);
  });

  it('when it is not an entry of ours, which readers take for a miss', async () => {
    table.put(aliceItem());
    await store.setAlways(aliceEntry, new TextEncoder().encode('2 value from another release'), hours(1));

    expect(await look(alice)).toEqual({ kind: 'right' });
  });

  it('when attributes and sets come in another order', async () => {
    await plant(o1Entry, { kind: 'value', value: { ...orderKey('o1'), tags: new Set(['a', 'b']), m: { x: 1, y: 2 } } });
    table.put({ m: { y: 2, x: 1 }, tags: new Set(['b', 'a']), SK: 'ORDER#o1', PK: 'ORDER#o1' });

    expect(await look(o1)).toEqual({ kind: 'right' });
  });

  it('when the table differs only in what is not projected', async () => {
    table.put(aliceItem());
    await reader.get(user, { username: 'alice' });
    table.put(aliceItem('Alice', { lastLogin: 1 }));

    expect(await look(alice)).toEqual({ kind: 'right' });
  });

  it('when it holds numbers, sets and binaries of which JSON knows nothing', async () => {
    table.put({
      ...orderKey('o1'),
      n: NumberValue.from('0.12345678901234567'),
      b: new Uint8Array([1]),
      big: 2n ** 70n,
    });
    await reader.get(order, { orderId: 'o1' });

    expect(await look(o1)).toEqual({ kind: 'right' });
  });
});

describe('an entry that disagrees with the table', () => {
  it('is suspect at first, and left alone', async () => {
    table.put(aliceItem('new'));
    await plant(aliceEntry, { kind: 'value', value: { username: 'alice', name: 'old' } });
    const before = await store.get(aliceEntry);

    expect(await look(alice)).toMatchObject({ kind: 'suspect', again: { ...alice, suspicion: { looks: 1 } } });
    expect(await store.get(aliceEntry)).toEqual(before);
  });

  it('hands on a suspicion that holds nothing of the item', async () => {
    table.put(aliceItem('canary'));
    await plant(aliceEntry, { kind: 'value', value: { username: 'alice', name: 'old' } });

    const finding = await look(alice);

    expect(finding.kind === 'suspect' && JSON.stringify(finding.again.suspicion)).not.toMatch(/canary|old/);
  });

  it('is right after all when the event of the change arrives', async () => {
    await plant(aliceEntry, { kind: 'value', value: { username: 'alice', name: 'old' } });
    table.put(aliceItem('new'));
    const first = await look(alice);
    const change = {
      type: 'MODIFY',
      key: userKey('alice'),
      oldImage: aliceItem('old'),
      newImage: aliceItem('new'),
    } as const;
    const sync = createSync({ map, namespace: NAMESPACE, store, clock, quarantine: async () => {} });
    await sync({ Records: [lambdaRecord({ ...change, sequence: 1, createdAt: clock.now() })] }, () => 30_000);

    expect(first.kind === 'suspect' && (await look(first.again))).toEqual({ kind: 'right' });
  });

  it('is stale when neither has moved a look later; it is tombstoned, and its age told', async () => {
    table.put(aliceItem('new'));
    await plant(aliceEntry, { kind: 'value', value: { username: 'alice', name: 'old' } });
    clock.advance(seconds(30));

    const findings = await looks(alice);

    expect(kinds(findings)).toEqual(['suspect', 'stale']);
    expect(findings.at(-1)).toEqual({ kind: 'stale', age: seconds(90) });
    expect(await entryAt(aliceEntry)).toMatchObject({ kind: 'tombstone', floor: 'unknown' });
    const read = await reader.get(user, { username: 'alice' });
    expect(read).toMatchObject({ outcome: 'miss', value: { name: 'new' } });
  });

  it('is stale when it says that there is no item and there is one', async () => {
    await plant(aliceEntry, { kind: 'absent' });
    table.put(aliceItem());

    expect(kinds(await looks(alice))).toEqual(['suspect', 'stale']);
  });

  it('is stale when it holds an item that is gone', async () => {
    table.put(aliceItem());
    await reader.get(user, { username: 'alice' });
    table.remove(userKey('alice'));

    expect(kinds(await looks(alice))).toEqual(['suspect', 'stale']);
  });

  it('is stale when its payload cannot be decoded, because it is handed on as it is', async () => {
    table.put(aliceItem());
    const stamp = { nonce: newNonce(), at: clock.now(), floor: 'unknown', origin: { by: 'stream' } } as const;
    const payload = { format: 'json', body: new TextEncoder().encode('{"username":') } as const;
    await store.setAlways(aliceEntry, encodeEntry({ kind: 'value', ...stamp, payload }), hours(1));

    expect(kinds(await looks(alice))).toEqual(['suspect', 'stale']);
  });

  it('is stale when it differs in a digit that no double holds', async () => {
    await plant(o1Entry, { kind: 'value', value: { ...orderKey('o1'), n: NumberValue.from('0.12345678901234567') } });
    table.put({ ...orderKey('o1'), n: NumberValue.from('0.12345678901234568') });

    expect(kinds(await looks(o1))).toEqual(['suspect', 'stale']);
  });

  it('is stale when the item is one of which nothing may be cached', async () => {
    await plant(o1Entry, { kind: 'value', value: orderKey('o1') });
    table.put({ ...orderKey('o1'), broken: true });

    expect(kinds(await looks(o1))).toEqual(['suspect', 'stale']);
  });

  it('is looked at again when the table has moved between the looks', async () => {
    await plant(aliceEntry, { kind: 'value', value: { username: 'alice', name: 'old' } });
    table.put(aliceItem('new'));
    const first = await look(alice);
    table.put(aliceItem('newer'));
    const second = first.kind === 'suspect' ? await look(first.again) : first;

    expect(second).toMatchObject({ kind: 'suspect', again: { suspicion: { looks: 2 } } });
    expect(second.kind === 'suspect' && (await look(second.again)).kind).toBe('stale');
  });

  it('is looked at again when an item that cannot be projected has moved between the looks', async () => {
    await plant(o1Entry, { kind: 'value', value: orderKey('o1') });
    table.put({ ...orderKey('o1'), broken: true });
    const first = await look(o1);
    table.put({ ...orderKey('o1'), broken: true, n: 1 });

    expect(first.kind === 'suspect' && (await look(first.again)).kind).toBe('suspect');
  });

  it('is looked at again when another entry has taken its place, however alike', async () => {
    table.put(aliceItem('new'));
    await plant(aliceEntry, { kind: 'value', value: { username: 'alice', name: 'old' } });
    const first = await look(alice);
    await plant(aliceEntry, { kind: 'value', value: { username: 'alice', name: 'old' } });

    expect(first.kind === 'suspect' && (await look(first.again)).kind).toBe('suspect');
  });

  it('is given up when it moves between all looks: a sample does not stay in the queue for ever', async () => {
    const findings: AuditFinding[] = [];
    let sample = alice;
    for (let n = 0; n < 10; n++) {
      table.put(aliceItem(`new ${n}`));
      await plant(aliceEntry, { kind: 'value', value: { username: 'alice', name: 'old' } });
      const finding = await look(sample);
      findings.push(finding);
      if (finding.kind !== 'suspect') break;
      sample = finding.again;
    }

    expect(kinds(findings)).toEqual([...Array<string>(5).fill('suspect'), 'undecided']);
  });
});

describe('a sample of an earlier map', () => {
  it('is undecided when its entity is no more', async () => {
    expect(await look({ ...alice, entity: 'customer' })).toMatchObject({ kind: 'undecided' });
  });

  it('is undecided when its key has other attributes', async () => {
    expect(await look({ ...alice, primaryKey: { id: 'alice' } })).toMatchObject({ kind: 'undecided' });
  });
});

describe('a look that fails', () => {
  it('is repeated when the store is down', async () => {
    await store.close();

    await expect(look(alice)).rejects.toThrow(StoreUnavailable);
  });

  it('is repeated when the table does not answer', async () => {
    await plant(aliceEntry, { kind: 'absent' });
    const failure = new Error('throttled');

    const looking = audit(alice, {
      ...{ map, namespace: NAMESPACE, store, clock },
      table: { ...table, get: () => Promise.reject(failure) },
    });

    await expect(looking).rejects.toBe(failure);
  });
});

it('goes by a consistent read of the table', async () => {
  const dynamodb = mockClient(DynamoDBClient);
  dynamodb.on(GetItemCommand).resolves({});
  await plant(aliceEntry, { kind: 'absent' });
  const client = new DynamoDBClient({ region: 'eu-central-1' });

  const finding = await audit(alice, {
    map,
    namespace: NAMESPACE,
    store,
    clock,
    table: createTableReader(client, 'app'),
  });

  expect(finding).toEqual({ kind: 'right' });
  expect(dynamodb.commandCalls(GetItemCommand)[0]?.args[0].input).toMatchObject({
    TableName: 'app',
    ConsistentRead: true,
  });
});
