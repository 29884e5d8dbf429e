import { describe, expect, it } from 'vitest';
import { decodeEntry, encodeEntry, newNonce } from '../../../shared/entry/entry.ts';
import type { Floor } from '../../../shared/entry/position.ts';
import { entryKey } from '../../../shared/map/cache-key.ts';
import { createReader } from '../../../shared/read/reader.ts';
import { createReadBudget } from '../../../shared/scan/read-budget.ts';
import { StoreRejected, StoreUnavailable } from '../../../shared/store/errors.ts';
import { createMemoryStore } from '../../../shared/store/memory.ts';
import { tombstoneAlways } from '../../../shared/sync/decide.ts';
import { hours, minutes, seconds } from '../../../shared/time.ts';
import { type Checkpoint, CheckpointError, readCheckpoint } from '../../../shared/warm/checkpoint.ts';
import { targetOf } from '../../../shared/warm/target.ts';
import { type WarmOptions, type WarmSource, warm } from '../../../shared/warm/warm.ts';
import { createTestClock } from '../../support/clock.ts';
import { countingStore, type Obstacle } from '../../support/counting-store.ts';
import { createMemoryTable } from '../../support/memory-table.ts';
import { pagedTable } from '../../support/paged-table.ts';
import { map, NAMESPACE, order, orderKey, user, userKey } from '../../support/repair.ts';

const userItem = (username: string) => ({ ...userKey(username), username, name: `Name of ${username}` });
const orderItem = (orderId: string, more = {}) => ({ ...orderKey(orderId), orderId, customer: 'alice', ...more });

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin'];
const USERS = NAMES.map(userItem);
const TABLE: WarmSource = { kind: 'table', segments: 2 };

/** A table and an empty cache, and a way to warm it. */
function worldOf({
  items = USERS as readonly ReturnType<typeof userItem | typeof orderItem>[],
  obstacle = (() => {}) as Obstacle,
  maxValueBytes = Number.POSITIVE_INFINITY,
} = {}) {
  const clock = createTestClock();
  const memory = createMemoryStore({ clock, maxValueBytes });
  const store = countingStore(memory, obstacle);
  const table = createMemoryTable();
  for (const { PK, SK, ...rest } of items) table.put({ PK, SK }, { PK, SK, ...rest });
  const scanner = pagedTable(items);
  const progress: Checkpoint[] = [];
  const controller = new AbortController();
  const keyOf = (username: string) => entryKey(NAMESPACE, user, userKey(username));

  return {
    ...{ clock, memory, store, table, scanner, progress, controller, keyOf },
    run: (source: WarmSource, changes: Partial<WarmOptions> = {}) =>
      warm({
        ...{ map, namespace: NAMESPACE, store, table, clock, scanner, source },
        budget: createReadBudget({ unitsPerSecond: 1_000 }),
        random: () => 0,
        wait: () => Promise.resolve(),
        identity: ['app', 'cache'],
        signal: controller.signal,
        onProgress: (checkpoint) => void progress.push(checkpoint),
        ...changes,
      }),
    async entry(username: string) {
      const bytes = await memory.get(keyOf(username));
      return bytes === undefined ? undefined : decodeEntry(bytes);
    },
    async tombstone(username: string, floor: Floor) {
      const bytes = encodeEntry({ kind: 'tombstone', nonce: newNonce(), at: clock.now(), floor });
      await memory.setAlways(keyOf(username), bytes, minutes(1));
    },
    read: (username: string) =>
      createReader({ store: memory, table, clock, namespace: NAMESPACE }).get(user, { username }),
  };
}

const listOf = (...usernames: readonly string[]): WarmSource => ({
  kind: 'keys',
  targets: usernames.flatMap((username) => targetOf(map, NAMESPACE, userItem(username)) ?? []),
});

describe('a warm run over the table', () => {
  it('lets readers hit every item of the map', async () => {
    const world = worldOf({ items: [...USERS, orderItem('1')] });
    const { finished, checkpoint } = await world.run(TABLE);

    expect(finished).toBe(true);
    expect(checkpoint.tally).toMatchObject({ items: 6, filled: 6, present: 0 });
    for (const name of NAMES) {
      expect(await world.read(name)).toEqual({
        outcome: 'hit',
        value: { username: name, name: `Name of ${name}` },
      });
    }
  });

  it('writes as a reader does: with the time of the table read, no floor, and the TTL of the entity', async () => {
    const world = worldOf({ items: [userItem('alice')] });
    const begin = world.clock.now();
    world.scanner.before = () => world.clock.advance(seconds(3));
    await world.run({ kind: 'table', segments: 1 });

    expect(await world.entry('alice')).toMatchObject({
      kind: 'value',
      at: begin,
      origin: { by: 'reader', readUntil: begin + seconds(3) },
      floor: 'unknown',
    });
    world.clock.advance(hours(12));
    expect(await world.entry('alice')).toBeUndefined();
  });

  it('costs the cache one look at each page, and no write, when it is repeated', async () => {
    const world = worldOf();
    await world.run(TABLE);
    world.store.reset();
    const { checkpoint } = await world.run(TABLE);

    expect(checkpoint.tally).toMatchObject({ items: 5, filled: 0, present: 5 });
    expect(new Set(world.store.calls)).toEqual(new Set(['getMany']));
    expect(world.store.calls).toHaveLength(3);
  });

  it('counts what is none of the map’s, and leaves it alone', async () => {
    const stray = { PK: 'STRAY', SK: 'STRAY', username: '', name: '' };
    const { checkpoint } = await worldOf({ items: [stray, ...USERS] }).run(TABLE);

    expect(checkpoint.tally).toMatchObject({ items: 6, filled: 5, unmapped: 1 });
  });

  it('tells what it cost', async () => {
    const world = worldOf();
    const budget = createReadBudget({ unitsPerSecond: 1_000 });
    world.scanner.before = () => budget.spend(2.5);
    const { checkpoint } = await world.run(TABLE, { budget });

    expect(checkpoint.tally.readUnits).toBe(3 * 2.5);
  });
});

describe('a change that is made while the page is on its way', () => {
  it('refuses the fill with the tombstone that its event leaves', async () => {
    const world = worldOf({
      items: [userItem('alice')],
      obstacle: async (operation) => {
        if (operation === 'setIfAbsent') await world.tombstone('alice', 'unknown');
      },
    });
    world.table.put(userKey('alice'), { ...userItem('alice'), name: 'New name' });
    await world.run(TABLE);

    expect((await world.read('alice')).value).toEqual({ username: 'alice', name: 'New name' });
  });

  it('is what a tombstone may stand for: the item is read again, and its floor kept', async () => {
    const floor = { label: '2026-11-20T10:00:00.000', sequence: '7' };
    const world = worldOf();
    world.scanner.before = () => world.tombstone('bob', floor);
    world.table.put(userKey('bob'), { ...userItem('bob'), name: 'New name' });
    const { checkpoint } = await world.run(TABLE);

    expect(checkpoint.tally).toMatchObject({ filled: 5 });
    expect(world.table.calls).toEqual(['getMany(1)']);
    expect(await world.entry('bob')).toMatchObject({ kind: 'value', floor });
    expect(await world.read('bob')).toEqual({ outcome: 'hit', value: { username: 'bob', name: 'New name' } });
  });

  it('cannot slip in behind a page that took longer than the deadline: its items are read again', async () => {
    const world = worldOf({ items: [userItem('alice')] });
    world.scanner.before = () => world.clock.advance(seconds(20));
    world.table.put(userKey('alice'), { ...userItem('alice'), name: 'New name' });
    await world.run(TABLE);

    expect(await world.entry('alice')).toMatchObject({ at: world.clock.now() });
    expect((await world.read('alice')).value).toEqual({ username: 'alice', name: 'New name' });
  });

  it('is left to whoever keeps writing the entry', async () => {
    const world = worldOf({
      items: [userItem('alice')],
      obstacle: async (operation) => {
        if (operation.startsWith('setIf')) await world.tombstone('alice', 'unknown');
      },
    });
    const { finished, checkpoint } = await world.run(TABLE);

    expect(finished).toBe(true);
    expect(checkpoint.tally).toMatchObject({ items: 1, filled: 0, contended: 1 });
    expect(await world.entry('alice')).toMatchObject({ kind: 'tombstone' });
  });
});

describe('what cannot be cached', () => {
  it('is counted where "project" throws, and its tombstone stays', async () => {
    const world = worldOf({ items: [orderItem('1', { broken: true }), ...USERS] });
    const key = entryKey(NAMESPACE, order, orderKey('1'));
    const { bytes, ttl } = tombstoneAlways('test', world.clock.now());
    await world.memory.setAlways(key, bytes, ttl);
    const { checkpoint } = await world.run(TABLE);

    expect(checkpoint.tally).toMatchObject({ filled: 5, unstorable: 1 });
    expect(await world.memory.get(key)).toEqual(bytes);
  });

  it('is counted where its value is too large', async () => {
    const world = worldOf({ items: [orderItem('1', { note: 'x'.repeat(1_000) }), ...USERS], maxValueBytes: 500 });
    const { checkpoint } = await world.run(TABLE);

    expect(checkpoint.tally).toMatchObject({ filled: 5, unstorable: 1 });
  });

  it('does not fail its neighbours where the store refuses its key', async () => {
    const world = worldOf({
      obstacle: (operation, [keys]) => {
        if (!operation.startsWith('get') || ![keys].flat().includes(world.keyOf('bob'))) return;
        throw new StoreRejected('test.get', 'invalid', 'not a key');
      },
    });
    const { checkpoint } = await world.run(TABLE);

    expect(checkpoint.tally).toMatchObject({ items: 5, filled: 4, unstorable: 1 });
  });
});

describe('a warm run over keys', () => {
  it('fills values, and the absence of what is not there', async () => {
    const world = worldOf();
    const { finished, checkpoint } = await world.run(listOf('alice', 'nobody', 'bob'));

    expect(finished).toBe(true);
    expect(checkpoint.tally).toMatchObject({ items: 3, filled: 3 });
    expect((await world.read('alice')).outcome).toBe('hit');
    expect((await world.read('nobody')).outcome).toBe('absent');
    expect(await world.entry('carol')).toBeUndefined();
  });

  it('does not read the table for what is there', async () => {
    const world = worldOf();
    await world.run(listOf('alice'));
    const { checkpoint } = await world.run(listOf('alice', 'bob'));

    expect(checkpoint.tally).toMatchObject({ filled: 1, present: 1 });
    expect(world.table.calls).toEqual(['getMany(1)', 'getMany(1)']);
  });

  it('continues behind the keys that are done', async () => {
    const names = Array.from({ length: 150 }, (_, i) => `user${i}`);
    const world = worldOf();
    const first = await world.run(listOf(...names), { onProgress: () => world.controller.abort() });
    expect(first).toMatchObject({ finished: false, checkpoint: { position: { keys: 100 } } });

    const second = await world.run(listOf(...names), {
      checkpoint: first.checkpoint,
      signal: new AbortController().signal,
    });
    expect(second).toMatchObject({ finished: true, checkpoint: { tally: { items: 150, filled: 150 } } });
    expect(world.table.calls).toEqual(['getMany(100)', 'getMany(50)']);
  });
});

describe('a run that ends early', () => {
  it('is continued where it was interrupted, through a checkpoint that is JSON', async () => {
    const world = worldOf();
    const first = await world.run(TABLE, {
      onProgress: () => world.controller.abort(),
    });
    expect(first.finished).toBe(false);
    world.store.reset();
    const checkpoint = readCheckpoint(JSON.parse(JSON.stringify(first.checkpoint)));
    const second = await world.run(TABLE, { checkpoint, signal: new AbortController().signal });

    expect(second).toMatchObject({ finished: true, checkpoint: { tally: { items: 5, filled: 5 } } });
    // Three pages in all, two of which were on their way when the run was interrupted.
    expect(world.scanner.asked).toHaveLength(3);
  });

  it('fails with the cache, and is continued from the last page that was done', async () => {
    let down = false;
    const world = worldOf({
      obstacle: (operation) => {
        if (down && operation.startsWith('set')) throw new StoreUnavailable('test.set', 'gone');
      },
    });
    const single: WarmSource = { kind: 'table', segments: 1 };
    const failing = world.run(single, {
      onProgress: (checkpoint) => {
        world.progress.push(checkpoint);
        down = true;
      },
    });
    await expect(failing).rejects.toThrow(StoreUnavailable);
    await expect(failing).rejects.toThrow('2 entries could not be filled in 4 attempts');

    down = false;
    const { finished, checkpoint } = await world.run(single, { checkpoint: world.progress.at(-1) });
    expect(finished).toBe(true);
    expect(checkpoint.tally).toMatchObject({ items: 5, filled: 5 });
  });

  it('does not wait for a cache that fails once it is told to end', async () => {
    const world = worldOf({
      obstacle: (operation) => {
        if (operation === 'setIfAbsent') world.controller.abort();
        if (operation.startsWith('set')) throw new StoreUnavailable('test.set', 'gone');
      },
    });

    expect(await world.run(TABLE)).toMatchObject({ finished: false, checkpoint: { tally: { items: 0 } } });
  });
});

describe('a checkpoint', () => {
  it.each<[string, WarmSource, Partial<WarmOptions>]>([
    ['another cache', TABLE, { identity: ['app', 'other'] }],
    ['another namespace', TABLE, { namespace: 'other' }],
    ['a list of keys', listOf('alice'), {}],
  ])('is refused by a run over %s', async (_, source, changes) => {
    const world = worldOf();
    const { checkpoint } = await world.run(TABLE);

    await expect(world.run(source, { ...changes, checkpoint })).rejects.toThrow(CheckpointError);
  });

  it('keeps its number of segments', async () => {
    const world = worldOf();
    const { checkpoint } = await world.run(TABLE, { onProgress: () => world.controller.abort() });
    const { finished } = await world.run(
      { kind: 'table', segments: 5 },
      { checkpoint, signal: new AbortController().signal },
    );

    expect(finished).toBe(true);
    expect(new Set(world.scanner.asked.map(({ total }) => total))).toEqual(new Set([2]));
  });

  it.each([undefined, null, 'text', {}, { format: 2 }, { format: 1, of: 'x', position: { segments: [] } }])(
    'is not to be had from %j',
    (value) => {
      expect(() => readCheckpoint(value)).toThrow(CheckpointError);
    },
  );
});
