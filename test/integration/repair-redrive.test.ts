import '../support/queue-environment.ts';
import { CredentialProvider } from '@gomomento/sdk';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type MomentoServer, startMomentoServer } from '../../local/momento/server.ts';
import { decodeEntry } from '../../shared/entry/entry.ts';
import { entryKey } from '../../shared/map/cache-key.ts';
import { createReader, type Reader } from '../../shared/read/reader.ts';
import { audit } from '../../shared/repair/audit.ts';
import { redrive } from '../../shared/repair/redrive.ts';
import { overrideRuntime } from '../../shared/runtime/overrides.ts';
import { createRedriveFunction } from '../../shared/runtime/redrive-function.ts';
import { createMemoryStore } from '../../shared/store/memory.ts';
import { createMomentoStore } from '../../shared/store/momento.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import { hours, minutes, seconds } from '../../shared/time.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';
import { lambdaRecord } from '../support/lambda-records.ts';
import { captureOutput, lambdaContext, sqsEvent } from '../support/queue-messages.ts';
import {
  createTestTable,
  failureMessage,
  map,
  NAMESPACE,
  order,
  orderKey,
  ordersOf,
  type TestTable,
  user,
  userKey,
  userRecord,
} from '../support/repair.ts';

const CACHE = 'cache';

let clock: TestClock;
let table: TestTable;

beforeEach(() => {
  clock = createTestClock();
  table = createTestTable();
});

const connect = (server: MomentoServer): Promise<CacheStore> =>
  createMomentoStore({ cacheName: CACHE, credential: CredentialProvider.forMomentoLocal(server) });

/** A cache and what to check when a test is done with it. */
interface Opened {
  readonly store: CacheStore;
  close(): Promise<void>;
}

const stores: Record<string, () => Promise<Opened>> = {
  memory: async () => ({ store: createMemoryStore({ clock }), close: async () => {} }),
  momento: async () => {
    const server = await startMomentoServer({ caches: [CACHE], clock });
    const store = await connect(server);
    return {
      store,
      async close() {
        expect(server.stats.mixedKeys(), 'keys that were written both conditionally and plainly').toEqual([]);
        await store.close();
        await server.close();
      },
    };
  },
};

describe.each(Object.keys(stores))('over the %s store', (name) => {
  let opened: Opened;
  let reader: Reader;

  beforeEach(async () => {
    const open = stores[name];
    if (open === undefined) throw new Error(`no store is called ${name}`);
    opened = await open();
    reader = createReader({ store: opened.store, table, namespace: NAMESPACE, clock });
  });
  afterEach(() => opened.close());

  const redriveRecords = (...records: readonly unknown[]) =>
    redrive(JSON.stringify(failureMessage({ start: '1', end: '9', count: records.length })), {
      ...{ map, namespace: NAMESPACE, store: opened.store, clock },
      remaining: () => 30_000,
      readRange: async () => ({ records, trimmed: 0 }),
    });
  const daysOld = () => clock.now() - hours(72);
  const readAlice = async () => {
    const { outcome, value } = await reader.get(user, { username: 'alice' });
    return `${outcome} ${value?.name}`;
  };

  it('old records never bring an old value back: the table is asked, and its state is cached', async () => {
    table.put({ ...userKey('alice'), username: 'alice', name: 'now' });
    await readAlice();
    expect(await readAlice()).toBe('hit now');
    const old = { type: 'INSERT', createdAt: daysOld(), name: 'then' } as const;

    await redriveRecords(userRecord('alice', { ...old, sequence: 1 }), userRecord('alice', { ...old, sequence: 2 }));

    expect(await readAlice()).toBe('miss now');
    expect(await readAlice()).toBe('hit now');
  });

  it('a change that was given up on is made good', async () => {
    table.put({ ...userKey('alice'), username: 'alice', name: 'before' });
    await readAlice();
    table.remove(userKey('alice'));
    expect(await readAlice()).toBe('hit before');

    const removal = lambdaRecord({ type: 'REMOVE', key: userKey('alice'), sequence: 1, createdAt: daysOld() });
    await redriveRecords(removal);

    expect(await readAlice()).toBe('miss undefined');
    expect(await readAlice()).toBe('absent undefined');
  });

  it('pages of the old and of the new image are loaded again, others are not', async () => {
    const key = orderKey('o1');
    const customers = ['ann', 'ben', 'cy'];
    const outcomes = () =>
      Promise.all(customers.map(async (customer) => (await reader.query(ordersOf, { customer })).outcome));
    await outcomes(); // makes the generations
    clock.advance(minutes(1));
    await outcomes();
    expect(await outcomes()).toEqual(['hit', 'hit', 'hit']);

    const images = { oldImage: { ...key, customer: 'ann' }, newImage: { ...key, customer: 'ben' } };
    await redriveRecords(lambdaRecord({ type: 'MODIFY', key, ...images, sequence: 1, createdAt: daysOld() }));

    expect(await outcomes()).toEqual(['miss', 'miss', 'hit']);
  });

  it('the same message twice does no more than once', async () => {
    table.put({ ...userKey('alice'), username: 'alice', name: 'now' });
    const record = userRecord('alice', { type: 'INSERT', createdAt: daysOld(), sequence: 1 });

    await redriveRecords(record);
    await readAlice();
    await redriveRecords(record);

    expect(await readAlice()).toBe('miss now');
    expect(await readAlice()).toBe('hit now');
  });

  it('audit finds and mends what no event will correct', async () => {
    table.put({ ...orderKey('o1'), customer: 'ann' });
    await reader.get(order, { orderId: 'o1' });
    table.put({ ...orderKey('o1'), customer: 'ben' }); // and its event is lost
    const look = { map, namespace: NAMESPACE, store: opened.store, table, clock };

    const first = await audit({ entity: 'order', primaryKey: orderKey('o1') }, look);
    clock.advance(seconds(60));
    const second = first.kind === 'suspect' ? await audit(first.again, look) : first;

    expect(second).toEqual({ kind: 'stale', age: seconds(60) });
    expect(await reader.get(order, { orderId: 'o1' })).toMatchObject({ outcome: 'miss', value: { customer: 'ben' } });
  });
});

describe('a cache that fails in the middle of a batch of messages', () => {
  let server: MomentoServer;
  let store: CacheStore;

  beforeEach(async () => {
    server = await startMomentoServer({ caches: [CACHE], clock });
    store = await connect(server);
    overrideRuntime({ store, clock });
  });

  afterEach(async () => {
    overrideRuntime({});
    vi.restoreAllMocks();
    await store.close();
    await server.close();
  });

  const message = (username: string) => {
    const record = userRecord(username, { type: 'INSERT', sequence: 1, createdAt: clock.now() });
    return JSON.stringify({ reason: 'test', record });
  };
  const isTombstoned = async (username: string) => {
    const bytes = await store.get(entryKey(NAMESPACE, user, userKey(username)));
    return bytes !== undefined && decodeEntry(bytes).kind === 'tombstone';
  };

  it('puts the message back that it met, does the others, and redrives the one in the end', async () => {
    const output = captureOutput();
    const handler = await createRedriveFunction(map);
    const end = server.faults.inject({ kind: 'fail', code: status.UNAVAILABLE, on: 'SetBatch', times: 1 });

    const response = await handler(sqsEvent(message('alice'), message('bob')), lambdaContext());
    end();

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
    expect(await isTombstoned('bob')).toBe(true);
    expect(output.text()).toContain('RedriveIncomplete');
    expect(await handler(sqsEvent(message('alice')), lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(await isTombstoned('alice')).toBe(true);
  });
});
