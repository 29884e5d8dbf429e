import { describe, expect, it } from 'vitest';
import cacheMap, { openOrders, user } from '../../../../cache.config.ts';
import { orderIndexAttributes, orderKey, userKey } from '../../../../functions/model/keys.ts';
import { readChangeLog } from '../../../../local/replay/change-log.ts';
import { createEventClock, type EventClock } from '../../../../local/replay/event-clock.ts';
import { ImpliedTable, StateUnknown } from '../../../../local/replay/implied-table.ts';
import { parameterSetsIn } from '../../../../local/replay/touched.ts';
import type { Item } from '../../../../shared/entry/item.ts';
import { lambdaRecord, type RecordOptions } from '../../../support/lambda-records.ts';

const START = Date.UTC(2026, 10, 20, 10);
const ALICE = { ...userKey('alice') };
const alice = (lastName: string): Item => ({ ...ALICE, username: 'alice', lastName });

type Change = Omit<RecordOptions, 'createdAt' | 'sequence' | 'key'> & { key?: RecordOptions['key']; second: number };

/** A change of alice, unless it says otherwise, numbered by its second. */
const change = ({ second, key = ALICE, ...rest }: Change) =>
  lambdaRecord({ ...rest, key, sequence: 100 + second, createdAt: START + second * 1_000 });

function tableOf(records: readonly unknown[]): { table: ImpliedTable; clock: EventClock } {
  const log = readChangeLog(records);
  const clock = createEventClock(START - 60_000);
  const parameterSets = parameterSetsIn(log, cacheMap, 'test');
  const sortAttributes = new Map([['GSI2', 'GSI2SK']]);
  return { table: new ImpliedTable({ log, map: cacheMap, clock, parameterSets, sortAttributes }), clock };
}

describe('an item of the implied table', () => {
  const renamed = change({ type: 'MODIFY', oldImage: alice('Archer'), newImage: alice('Baker'), second: 10 });

  it('is what the first event found, before that event', async () => {
    const { table } = tableOf([renamed]);

    expect(await table.get(ALICE)).toEqual(alice('Archer'));
  });

  it('is not there before it is inserted', async () => {
    const { table } = tableOf([change({ type: 'INSERT', newImage: alice('Archer'), second: 10 })]);

    expect(await table.get(ALICE)).toBeUndefined();
  });

  it('is what an event left once the clock has reached it, delivered or not', async () => {
    const { table, clock } = tableOf([renamed]);
    clock.moveTo(START + 10_000);

    expect(await table.get(ALICE)).toEqual(alice('Baker'));
  });

  it('is what an event left once it was delivered, whatever the clock says', async () => {
    const { table } = tableOf([renamed]);
    table.deliver([renamed]);

    expect(await table.get(ALICE)).toEqual(alice('Baker'));
  });

  it('is gone after its removal', async () => {
    const removed = change({ type: 'REMOVE', oldImage: alice('Baker'), second: 20 });
    const { table } = tableOf([renamed, removed]);
    table.deliver([renamed, removed]);

    expect(await table.getMany([ALICE])).toEqual([undefined]);
  });

  it('is not taken back by an old event that comes after a newer one', async () => {
    const newer = change({ type: 'MODIFY', oldImage: alice('Baker'), newImage: alice('Carter'), second: 20 });
    const { table } = tableOf([newer, renamed]);
    table.deliver([newer]);
    table.deliver([renamed]);

    expect(await table.get(ALICE)).toEqual(alice('Carter'));
  });

  it('is not taken back by the stream that was there before, whatever its sequence numbers', async () => {
    const later = lambdaRecord({
      type: 'MODIFY',
      key: ALICE,
      newImage: alice('Carter'),
      sequence: 1,
      createdAt: START + 20_000,
      label: '2026-11-20T11:00:00.000',
    });
    const { table } = tableOf([later, renamed]);
    table.deliver([later, renamed]);

    expect(await table.get(ALICE)).toEqual(alice('Carter'));
  });

  it('is unknown after an event by keys alone', async () => {
    const keysOnly = change({ type: 'MODIFY', second: 20 });
    const { table } = tableOf([renamed, keysOnly]);
    table.deliver([renamed, keysOnly]);

    await expect(table.get(ALICE)).rejects.toThrow(StateUnknown);
    expect(table.acceptable(ALICE)).toEqual([{ kind: 'unknown' }]);
  });

  it('is unknown after a record that cannot be understood, and known again after the next one', async () => {
    const unreadable = { ...change({ type: 'MODIFY', second: 15 }), eventName: 'UPSERT' };
    const next = change({ type: 'MODIFY', oldImage: alice('Baker'), newImage: alice('Carter'), second: 20 });
    const { table } = tableOf([renamed, unreadable, next]);
    table.deliver([renamed, unreadable]);
    await expect(table.get(ALICE)).rejects.toThrow(StateUnknown);
    table.deliver([next]);

    expect(await table.get(ALICE)).toEqual(alice('Carter'));
  });

  it('may show either state while an event is on its way', () => {
    const { table, clock } = tableOf([renamed]);
    clock.moveTo(START + 10_000);

    expect(table.acceptable(ALICE)).toEqual([
      { kind: 'item', item: alice('Archer') },
      { kind: 'item', item: alice('Baker') },
    ]);
  });

  it('may show only the new state once the event was delivered', () => {
    const { table } = tableOf([renamed]);
    table.deliver([renamed]);

    expect(table.acceptable(ALICE)).toEqual([{ kind: 'item', item: alice('Baker') }]);
  });

  it('has a gap where an event found what no event before it had left', async () => {
    const skipping = change({ type: 'MODIFY', oldImage: alice('Dole'), newImage: alice('Egan'), second: 300 });
    const { table, clock } = tableOf([renamed, skipping]);
    table.deliver([renamed]);
    expect(table.hasGap(ALICE)).toBe(false);
    clock.moveTo(START + 290_000);
    expect(await table.get(ALICE)).toEqual(alice('Dole'));
    table.deliver([skipping]);

    expect(table.hasGap(ALICE)).toBe(true);
  });
});

describe('a query of the implied table', () => {
  const order = (orderId: string, second: number, status: 'OPEN' | 'COMPLETED' = 'OPEN'): Item => {
    const createdAt = new Date(START + second * 1_000).toISOString();
    return {
      ...orderKey(orderId),
      orderId,
      createdBy: 'alice',
      status,
      createdAt,
      updatedAt: createdAt,
      ...orderIndexAttributes({ orderId, createdBy: 'alice', status, createdAt }),
    };
  };
  const placed = (orderId: string, second: number) =>
    change({ type: 'INSERT', key: { ...orderKey(orderId) }, newImage: order(orderId, second), second });
  const ids = (items: readonly Item[]): unknown[] => items.map(({ orderId }) => orderId);
  const QUERY = openOrders.query({});

  it('answers the members in the order of the index', async () => {
    const records = [placed('b', 1), placed('a', 2), placed('c', 3)];
    const { table } = tableOf(records);
    table.deliver(records);

    expect(ids((await table.query(QUERY, {})).items)).toEqual(['c', 'a', 'b']);
  });

  it('leaves out what has left the index', async () => {
    const completed = change({
      type: 'MODIFY',
      key: { ...orderKey('a') },
      oldImage: order('a', 1),
      newImage: order('a', 1, 'COMPLETED'),
      second: 5,
    });
    const records = [placed('a', 1), placed('b', 2), completed];
    const { table } = tableOf(records);
    table.deliver(records);

    expect(ids((await table.query(QUERY, {})).items)).toEqual(['b']);
  });

  it('goes on where a page ended', async () => {
    const records = [placed('a', 1), placed('b', 2), placed('c', 3)];
    const { table } = tableOf(records);
    table.deliver(records);
    const first = await table.query(QUERY, { limit: 2 });
    expect(ids(first.items)).toEqual(['c', 'b']);
    expect(first.cursor).toBeDefined();
    const second = await table.query(QUERY, { limit: 2, ...(first.cursor && { cursor: first.cursor }) });

    expect(ids(second.items)).toEqual(['a']);
    expect(second.cursor).toBeUndefined();
  });

  it('is unknown while a possible member is', async () => {
    const records = [placed('a', 1), change({ type: 'MODIFY', key: { ...orderKey('b') }, second: 2 })];
    const { table } = tableOf(records);
    table.deliver(records);

    await expect(table.query(QUERY, {})).rejects.toThrow(StateUnknown);
    expect(table.acceptablePages(QUERY, {})).toEqual(['unknown']);
  });

  it('is known while only items that never live there are unknown', async () => {
    const records = [placed('a', 1), change({ type: 'MODIFY', second: 2 })];
    const { table } = tableOf(records);
    table.deliver(records);
    expect(table.acceptable(ALICE)).toEqual([{ kind: 'unknown' }]);

    expect(ids((await table.query(QUERY, {})).items)).toEqual(['a']);
    expect(user.match(ALICE)).toBeDefined();
  });

  it('may show the result before and after each event that is on its way', () => {
    const { table, clock } = tableOf([placed('a', 1), placed('b', 2)]);
    clock.moveTo(START + 2_000);
    const shown = table.acceptablePages(QUERY, {}).map((page) => (page === 'unknown' ? page : ids(page.items)));

    expect(shown).toEqual([[], ['a'], ['b', 'a']]);
  });
});
