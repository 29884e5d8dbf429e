import { beforeEach, describe, expect, it } from 'vitest';
import { decodeEntry, encodeEntry, newNonce } from '../../../shared/entry/entry.ts';
import { encodePayload } from '../../../shared/entry/payload.ts';
import { defineCacheMap, entity, hours, keyOf } from '../../../shared/index.ts';
import { entryKey, epochKey, generationKey } from '../../../shared/map/cache-key.ts';
import type { CacheMap } from '../../../shared/map/cache-map.ts';
import { type FailedBatch, MalformedMessageError } from '../../../shared/repair/failure-message.ts';
import { RedriveIncomplete, redrive } from '../../../shared/repair/redrive.ts';
import type { StreamRange } from '../../../shared/repair/stream-range.ts';
import { StoreUnavailable } from '../../../shared/store/errors.ts';
import { createMemoryStore } from '../../../shared/store/memory.ts';
import type { CacheStore, EntryKey } from '../../../shared/store/port.ts';
import { minutes } from '../../../shared/time.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { lambdaRecord, streamArn } from '../../support/lambda-records.ts';
import {
  failureMessage,
  map,
  NAMESPACE,
  order,
  orderKey,
  ordersOf,
  user,
  userKey,
  userRecord,
  users,
} from '../../support/repair.ts';

let clock: TestClock;
let store: CacheStore;
let asked: FailedBatch[];

beforeEach(() => {
  clock = createTestClock();
  store = createMemoryStore({ clock });
  asked = [];
});

const alice = entryKey(NAMESPACE, user, userKey('alice'));
const bob = entryKey(NAMESPACE, user, userKey('bob'));
const o1 = entryKey(NAMESPACE, order, orderKey('o1'));
const old = () => clock.now() - hours(72);

/** Redrives a message about a range of which the stream still has these records. */
function redriveRange(range: StreamRange, { dryRun = false, millisecondsLeft = 30_000 } = {}) {
  const readRange = async (batch: FailedBatch) => {
    asked.push(batch);
    return range;
  };
  const dependencies = { map, namespace: NAMESPACE, store, clock, remaining: () => millisecondsLeft, readRange };
  return redrive(JSON.stringify(failureMessage({ start: '1', end: '9', count: 9 })), dependencies, dryRun);
}

/** Redrives a message of the quarantine queue, which needs no stream. */
function redriveQuarantined(record: unknown, cacheMap: CacheMap = map) {
  const readRange = () => Promise.reject(new Error('nothing to read'));
  const message = JSON.stringify({ reason: 'test', record });
  return redrive(message, { map: cacheMap, namespace: NAMESPACE, store, clock, remaining: () => 30_000, readRange });
}

async function cacheValue(key: EntryKey, value: unknown): Promise<void> {
  const floor = { label: '2026-11-20T10:00:00.000', sequence: '900' };
  const stamp = { nonce: newNonce(), at: clock.now(), floor, origin: { by: 'stream' } } as const;
  await store.setAlways(key, encodeEntry({ kind: 'value', ...stamp, payload: encodePayload(value) }), hours(1));
}

async function entryAt(key: EntryKey) {
  const bytes = await store.get(key);
  return bytes && decodeEntry(bytes);
}

const ALL_EPOCHS = [ordersOf, users].map((collection) => epochKey(NAMESPACE, collection));
const epochs = () => store.getMany(ALL_EPOCHS);
const NOTHING = [undefined, undefined];

const distrusted = { kind: 'tombstone', floor: 'unknown' };

describe('records that are found again', () => {
  const ofAlice = (sequence: number, name?: string) =>
    userRecord('alice', { type: 'INSERT', sequence, createdAt: old(), ...(name !== undefined && { name }) });

  it('are asked for as the message says', async () => {
    await redriveRange({ records: [], trimmed: 0 });

    expect(asked).toMatchObject([{ streamArn: streamArn(), start: '1', end: '9', count: 9 }]);
  });

  it('tombstone each item once, with an unknown floor', async () => {
    await cacheValue(alice, { username: 'alice', name: 'cached' });
    const records = [
      ofAlice(1, 'one'),
      ofAlice(2, 'two'),
      userRecord('bob', { type: 'INSERT', sequence: 3, createdAt: old() }),
    ];

    const report = await redriveRange({ records, trimmed: 0 });

    expect(await entryAt(alice)).toMatchObject(distrusted);
    expect(await entryAt(bob)).toMatchObject(distrusted);
    expect(report).toEqual({ records: 3, trimmed: 0, tombstoned: 2, renewed: 1, lost: undefined, unresolved: [] });
  });

  it('never write a value, though they are fresh and the key is empty', async () => {
    const record = userRecord('alice', { type: 'INSERT', sequence: 1, createdAt: clock.now() });

    await redriveRange({ records: [record], trimmed: 0 });

    expect(await entryAt(alice)).toMatchObject(distrusted);
  });

  it('never bring a known floor back over an unknown one', async () => {
    await redriveRange({ records: [ofAlice(1)], trimmed: 0 });
    await redriveRange({ records: [ofAlice(2)], trimmed: 0 });

    expect(await entryAt(alice)).toMatchObject(distrusted);
  });

  it('leave each tombstone in place of another, so that a fill on its way finds itself too late', async () => {
    await redriveRange({ records: [ofAlice(1)], trimmed: 0 });
    const first = await store.get(alice);
    await redriveRange({ records: [ofAlice(1)], trimmed: 0 });

    expect(await store.get(alice)).not.toEqual(first);
  });

  it('may be redriven twice, with the same outcome', async () => {
    const range = { records: [ofAlice(1)], trimmed: 0 };

    const first = await redriveRange(range);
    const second = await redriveRange(range);

    expect(second).toEqual(first);
    expect(await entryAt(alice)).toMatchObject(distrusted);
  });

  it('keep their tombstone for a minute', async () => {
    await redriveRange({ records: [ofAlice(1)], trimmed: 0 });
    clock.advance(minutes(1));

    expect(await entryAt(alice)).toBeUndefined();
  });

  it('renew the generations of the old and of the new image, and no epoch', async () => {
    const key = orderKey('o1');
    const images = { oldImage: { ...key, customer: 'ann' }, newImage: { ...key, customer: 'ben' } };
    const record = lambdaRecord({ type: 'MODIFY', key, ...images, sequence: 1, createdAt: old() });
    const generations = ['ann', 'ben', 'cy'].map((customer) => generationKey(NAMESPACE, ordersOf, { customer }));

    const { renewed } = await redriveRange({ records: [record], trimmed: 0 });

    const found = await store.getMany(generations);
    expect(found.map((bytes) => bytes !== undefined)).toEqual([true, true, false]);
    expect(await epochs()).toEqual(NOTHING);
    expect(renewed).toBe(2);
  });

  it('renew the epoch where an image is missing', async () => {
    const record = lambdaRecord({ type: 'MODIFY', key: orderKey('o1'), sequence: 1, createdAt: old() });

    await redriveRange({ records: [record], trimmed: 0 });

    expect((await epochs()).map((bytes) => bytes !== undefined)).toEqual([true, false]);
  });

  it('leave what no entity describes alone', async () => {
    const record = lambdaRecord({ type: 'REMOVE', key: { PK: 'X', SK: 'Y' }, sequence: 1, createdAt: old() });

    const report = await redriveRange({ records: [record], trimmed: 0 });

    expect(report).toMatchObject({ records: 1, tombstoned: 0, renewed: 0, unresolved: [] });
  });
});

describe('a record that was quarantined', () => {
  it('is tombstoned when its key is all that can be understood', async () => {
    await cacheValue(alice, { username: 'alice', name: 'cached' });
    const record = userRecord('alice', { type: 'INSERT', sequence: 'no number', createdAt: old() });

    const report = await redriveQuarantined(record);

    expect(await entryAt(alice)).toMatchObject(distrusted);
    expect(report).toMatchObject({ records: 1, tombstoned: 1, unresolved: [] });
  });

  it('renews the epoch when "by" throws for it', async () => {
    const key = orderKey('o1');
    const record = lambdaRecord({ type: 'INSERT', key, newImage: { ...key }, sequence: 1, createdAt: old() });

    const report = await redriveQuarantined(record);

    expect(await entryAt(o1)).toMatchObject(distrusted);
    expect((await epochs()).map((bytes) => bytes !== undefined)).toEqual([true, false]);
    expect(report).toMatchObject({ tombstoned: 1, renewed: 1, unresolved: [] });
  });

  it.each([
    ['null', null],
    ['text', 'canary'],
    ['no record', { canary: 1 }],
  ])('renews every epoch when it does not say what it is about: %s', async (_, record) => {
    const report = await redriveQuarantined(record);

    expect((await epochs()).every((bytes) => bytes !== undefined)).toBe(true);
    expect(report).toMatchObject({ tombstoned: 0, renewed: 2, unresolved: [{ sequenceNumber: undefined }] });
    expect(JSON.stringify(report)).not.toContain('canary');
  });

  it('is reported with its sequence number when it has no key', async () => {
    const record = userRecord('canary', { type: 'INSERT', sequence: 42, createdAt: old() });

    const report = await redriveQuarantined({ ...record, dynamodb: { ...record.dynamodb, Keys: undefined } });

    expect(report).toMatchObject({ tombstoned: 0, renewed: 2 });
    expect(report.unresolved).toEqual([{ sequenceNumber: '42', reason: expect.stringContaining('Keys') }]);
    expect(JSON.stringify(report)).not.toContain('canary');
  });

  it('is tombstoned for each of two entities that claim it', async () => {
    const key = keyOf<{ id: string }>({
      attributes: ['PK', 'SK'],
      build: ({ id }) => ({ PK: id, SK: id }),
      match: ({ PK }) => ({ id: String(PK) }),
    });
    const left = entity('left', { key, onChange: 'invalidate', ttl: hours(1) });
    const right = entity('right', { key, onChange: 'invalidate', ttl: hours(1) });
    const record = lambdaRecord({ type: 'REMOVE', key: { PK: 'a', SK: 'a' }, sequence: 42, createdAt: old() });

    const report = await redriveQuarantined(record, defineCacheMap({ entities: [left, right] }));

    expect(report).toMatchObject({ tombstoned: 2, unresolved: [] });
    for (const claimant of [left, right]) {
      expect(await entryAt(entryKey(NAMESPACE, claimant, { PK: 'a', SK: 'a' }))).toMatchObject(distrusted);
    }
  });
});

describe('records that were trimmed', () => {
  it('renew every epoch, and are reported with their place', async () => {
    const record = userRecord('alice', { type: 'REMOVE', sequence: 9, createdAt: old() });

    const report = await redriveRange({ records: [record], trimmed: 8 });

    expect(await entryAt(alice)).toMatchObject(distrusted);
    expect((await epochs()).every((bytes) => bytes !== undefined)).toBe(true);
    expect(report).toMatchObject({ records: 1, trimmed: 8, tombstoned: 1, lost: { start: '1', end: '9', count: 9 } });
  });

  it('renew an epoch once, where a record that is left renews it too', async () => {
    const record = lambdaRecord({ type: 'MODIFY', key: orderKey('o1'), sequence: 9, createdAt: old() });

    expect(await redriveRange({ records: [record], trimmed: 8 })).toMatchObject({ renewed: 2 });
  });
});

describe('a dry run', () => {
  it('reports the same and changes nothing', async () => {
    await cacheValue(alice, { username: 'alice', name: 'cached' });
    const before = await store.get(alice);
    const range = { records: [userRecord('alice', { type: 'INSERT', sequence: 1, createdAt: old() })], trimmed: 1 };

    const dry = await redriveRange(range, { dryRun: true });

    expect(await store.get(alice)).toEqual(before);
    expect(await epochs()).toEqual(NOTHING);
    expect(dry).toEqual(await redriveRange(range));
  });
});

describe('what cannot be done now', () => {
  const range = (): StreamRange => ({
    records: [userRecord('alice', { type: 'INSERT', sequence: 1, createdAt: old() })],
    trimmed: 0,
  });

  it('is incomplete when the store is down', async () => {
    await store.close();

    const redriven = redriveRange(range());

    await expect(redriven).rejects.toThrow(RedriveIncomplete);
    await expect(redriven).rejects.toMatchObject({ cause: expect.any(StoreUnavailable) });
  });

  it('is incomplete when time is running out', async () => {
    await expect(redriveRange(range(), { millisecondsLeft: 500 })).rejects.toThrow(RedriveIncomplete);
  });

  it('is what the stream says when it cannot be read', async () => {
    const failure = new Error('AccessDenied');
    const message = JSON.stringify(failureMessage({ start: '1', end: '9', count: 9 }));
    const dependencies = { map, namespace: NAMESPACE, store, clock, remaining: () => 30_000 };

    await expect(redrive(message, { ...dependencies, readRange: () => Promise.reject(failure) })).rejects.toBe(failure);
  });

  it('is a message of another kind', async () => {
    const dependencies = { map, namespace: NAMESPACE, store, clock, remaining: () => 30_000 };

    await expect(
      redrive('{}', { ...dependencies, readRange: async () => ({ records: [], trimmed: 0 }) }),
    ).rejects.toThrow(MalformedMessageError);
  });
});
