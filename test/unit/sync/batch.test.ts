import { describe, expect, it } from 'vitest';
import { decodeEntry, type Entry, encodeEntry, type Foreign, newNonce } from '../../../shared/entry/entry.ts';
import { decodeGeneration } from '../../../shared/entry/generation.ts';
import type { Item } from '../../../shared/entry/item.ts';
import { decodePayload } from '../../../shared/entry/payload.ts';
import { entryKey, epochKey, generationKey } from '../../../shared/map/cache-key.ts';
import { defineCacheMap } from '../../../shared/map/cache-map.ts';
import { collection } from '../../../shared/map/collection.ts';
import { entity } from '../../../shared/map/entity.ts';
import { textOf } from '../../../shared/map/item-attributes.ts';
import { settlingTime } from '../../../shared/protocol.ts';
import { observedStore } from '../../../shared/runtime/observed-calls.ts';
import { withBreaker } from '../../../shared/store/breaker.ts';
import { StoreRejected, StoreThrottled, StoreUnavailable } from '../../../shared/store/errors.ts';
import { createMemoryStore } from '../../../shared/store/memory.ts';
import { DEFAULT_APPLY_SETTINGS } from '../../../shared/sync/apply.ts';
import {
  createSync,
  type QuarantinedRecord,
  QuarantineFailure,
  type Reload,
  type SyncDependencies,
  UnreportableFailure,
} from '../../../shared/sync/batch.ts';
import { tombstoneAlways } from '../../../shared/sync/decide.ts';
import { hours, milliseconds, minutes, seconds } from '../../../shared/time.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { type CountingStore, countingStore, type Obstacle } from '../../support/counting-store.ts';
import { lambdaRecord } from '../../support/lambda-records.ts';

const NAMESPACE = 'test';

const note = entity('note', { key: { PK: 'NOTE#{id}' }, onChange: 'refresh', prefill: true, ttl: hours(1) });
const task = entity('task', { key: { PK: 'TASK#{id}' }, onChange: 'refresh', ttl: hours(1) });
const tasks = collection('tasks', {
  of: task,
  by: (image) => [{ owner: textOf(image, 'owner') }],
  query: ({ owner }) => ({ KeyConditionExpression: 'o = :o', ExpressionAttributeValues: { ':o': owner } }),
  onChange: 'reload',
  settle: seconds(0),
  ttl: hours(1),
});
const lagging = collection('lagging', {
  of: task,
  by: () => [{}],
  query: () => ({ IndexName: 'index', KeyConditionExpression: 'x' }),
  onChange: 'reload',
  settle: seconds(2),
  ttl: hours(1),
});
const map = defineCacheMap({ entities: [note, task], collections: [tasks, lagging] });

describe('a batch that is applied', () => {
  it('is answered with no failures', async () => {
    const world = worldOf();
    const { response, report } = await world.sync([world.put(1, 'a'), world.put(2, 'b')]);

    expect(response).toEqual({ batchItemFailures: [] });
    expect(report.records.map(({ decision }) => decision)).toEqual(['prefilled', 'prefilled']);
    expect(await world.valueOf('a')).toEqual({ PK: 'NOTE#a', revision: 1 });
  });

  it('may be empty', async () => {
    const world = worldOf();

    expect((await world.sync([])).response).toEqual({ batchItemFailures: [] });
    expect(world.store.calls).toEqual([]);
  });

  it('takes one read for 250 items and one write for each', async () => {
    const world = worldOf();
    const { report } = await world.sync(Array.from({ length: 600 }, (_, i) => world.put(i, `${i}`)));

    expect(report.records.map(({ decision }) => decision)).toEqual(Array.from({ length: 600 }, () => 'prefilled'));
    expect(world.store.calls.filter((call) => call === 'getMany')).toHaveLength(3);
    expect(world.store.writes()).toHaveLength(600);
    expect(world.store.calls).toHaveLength(603);
  });

  it('writes an item that changed fifty times once, with the last change', async () => {
    const world = worldOf();
    const { report } = await world.sync(Array.from({ length: 50 }, (_, i) => world.put(i, 'hot', i)));

    expect(world.store.calls).toEqual(['getMany', 'setIfAbsent']);
    expect(await world.valueOf('hot')).toEqual({ PK: 'NOTE#hot', revision: 49 });
    expect(report.storeOperations).toBe(2);
    expect(report.records.slice(0, -1).every(({ decision }) => decision === 'coalesced')).toBe(true);
  });

  it('writes nothing when it is delivered again', async () => {
    const world = worldOf();
    const batch = [world.put(1, 'a', 0), world.put(2, 'a', 1), world.put(3, 'b'), world.remove(4, 'b')];
    await world.sync(batch);
    world.store.reset();
    const { report } = await world.sync(batch);

    expect(world.store.writes()).toEqual([]);
    expect(new Set(report.records.map(({ decision }) => decision))).toEqual(new Set(['skipped', 'coalesced']));
  });

  it('writes nothing when a part of it is delivered again', async () => {
    const world = worldOf();
    const batch = [world.put(1, 'a', 0), world.put(2, 'b', 0), world.put(3, 'a', 1), world.remove(4, 'b')];
    await world.sync(batch);
    for (let length = 0; length <= batch.length; length++) {
      world.store.reset();
      await world.sync(batch.slice(0, length));

      expect(world.store.writes()).toEqual([]);
    }
  });

  it('measures how long each change took to arrive', async () => {
    const world = worldOf();
    const record = world.put(1, 'a');
    world.clock.advance(milliseconds(1_500));
    const { report } = await world.sync([record]);

    expect(report.records[0]?.propagationDelay).toBe(1_500);
  });
});

describe('records of one item', () => {
  it('never overtake each other, whatever their place in the batch', async () => {
    const world = worldOf();
    await world.sync([world.put(3, 'a', 2), world.put(1, 'a', 0), world.put(2, 'a', 1)]);

    expect(await world.valueOf('a')).toEqual({ PK: 'NOTE#a', revision: 3 });
  });

  it('never overtake each other when the first write is slow', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const world = worldOf({ obstacle: (operation) => (operation === 'setIfAbsent' ? held : undefined) });
    const first = world.sync([world.put(1, 'a', 0)]);
    await Promise.resolve();
    const second = world.sync([world.put(2, 'a', 1)]);
    release();
    await Promise.all([first, second]);

    expect(await world.valueOf('a')).not.toEqual({ PK: 'NOTE#a', revision: 1 });
  });
});

describe('conflicts with other writers', () => {
  it('are settled by reading again', async () => {
    let conflicts = 1;
    const world: World = worldOf({
      obstacle: async (operation) => {
        if (operation === 'setIfAbsent' && conflicts-- > 0) await world.meddle('a');
      },
    });
    const { report } = await world.sync([world.put(5, 'a')]);

    expect(world.store.calls).toEqual(['getMany', 'setIfAbsent', 'get', 'setIfUnchanged']);
    expect(report).toMatchObject({ conflicts: 1, storeOperations: 4 });
  });

  it('end after three with the unconditional tombstone', async () => {
    const world: World = worldOf({
      obstacle: async (operation) => {
        if (operation === 'setIfAbsent' || operation === 'setIfUnchanged') await world.meddle('a');
      },
    });
    const { response, report } = await world.sync([world.put(5, 'a')]);

    expect(world.store.writes()).toEqual(['setIfAbsent', 'setIfUnchanged', 'setIfUnchanged', 'setAlways']);
    expect(await world.entryOf('a')).toMatchObject({ kind: 'tombstone', floor: 'unknown' });
    expect(response.batchItemFailures).toEqual([]);
    expect(report.records).toMatchObject([{ decision: 'tombstoned' }]);
    expect(report.conflicts).toBe(3);
  });

  it.each(['wall', 'monotonic'] as const)(
    'include a reading that is too old to write on, by the %s clock',
    async (moved) => {
      let offset = 0;
      const world: World = worldOf({
        obstacle: (operation) => {
          if (operation === 'getMany') offset = seconds(20);
        },
        clock: (clock) => ({
          now: () => clock.now() + (moved === 'wall' ? offset : 0),
          monotonic: () => clock.monotonic() + (moved === 'monotonic' ? offset : 0),
        }),
      });
      await world.sync([world.put(5, 'a')]);

      expect(world.store.calls).toEqual(['getMany', 'get', 'setIfAbsent']);
    },
  );

  it('judge freshness anew: what was fresh at the first reading may not be at the second', async () => {
    let conflicts = 1;
    const world: World = worldOf({
      obstacle: async (operation) => {
        if (operation !== 'setIfUnchanged' || conflicts-- === 0) return;
        world.clock.advance(seconds(15));
        await world.meddle('a', { label: '2026-11-20T10:00:00.000', sequence: '2' });
      },
    });
    await world.sync([world.put(1, 'a', 0)]);
    const late = world.put(3, 'a', 2);
    world.clock.advance(seconds(16));
    await world.sync([late]);

    expect(await world.entryOf('a')).toMatchObject({ kind: 'tombstone', floor: { sequence: '3' } });
  });

  it('leave a foreign entry no chance', async () => {
    const world = worldOf();
    await world.memory.setAlways(world.keyOf('a'), Buffer.from('somebody else’s'), hours(1));
    await world.sync([world.put(1, 'a')]);

    expect(await world.entryOf('a')).toMatchObject({ kind: 'tombstone', floor: 'unknown' });
  });
});

describe('a batch that fails in part', () => {
  it('is retried from the first record of the first item that failed', async () => {
    const world = worldOf({ obstacle: failFor(['b', 'c'], 'setIfAbsent') });
    const { response, report } = await world.sync([
      world.put(11, 'a', 0),
      world.put(12, 'b', 0),
      world.put(13, 'a', 1),
      world.put(14, 'c'),
      world.put(15, 'b', 1),
    ]);

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '12' }] });
    expect(report.records.map(({ decision }) => decision)).toEqual([
      'coalesced',
      'failed',
      'prefilled',
      'failed',
      'failed',
    ]);
    expect(await world.valueOf('a')).toEqual({ PK: 'NOTE#a', revision: 13 });
  });

  it('succeeds when it is delivered again from there', async () => {
    let broken = true;
    const world = worldOf({
      obstacle: (operation, args) => (broken ? failFor(['b'], 'setIfAbsent')(operation, args) : undefined),
    });
    const batch = [world.put(1, 'a'), world.put(2, 'b')];
    await world.sync(batch);
    broken = false;
    const { response } = await world.sync(batch.slice(1));

    expect(response).toEqual({ batchItemFailures: [] });
    expect(await world.valueOf('b')).toEqual({ PK: 'NOTE#b', revision: 2 });
  });

  it('is retried from the first record that a generation stands for', async () => {
    const world = worldOf({
      obstacle: (operation) => {
        if (operation === 'setMany') throw new StoreUnavailable('test.setMany', 'gone');
      },
    });
    const { response, report } = await world.sync([world.put(1, 'a'), world.move(2, 'ann', 'bea'), world.put(3, 'c')]);

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(report).toMatchObject({ renewals: 0 });
    expect(report.records.map(({ decision }) => decision)).toEqual(['prefilled', 'failed', 'prefilled']);
  });

  it('is retried from the record before one that has no sequence number', async () => {
    const numberless = {
      ...anyWorld.put(0, 'b'),
      dynamodb: { ...anyWorld.put(0, 'b').dynamodb, SequenceNumber: undefined },
    };
    const world = worldOf({ obstacle: failFor(['b'], 'setAlways') });
    const { response } = await world.sync([world.put(7, 'a'), numberless, world.put(9, 'c')]);

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '7' }] });
  });

  it('is retried as a whole when no record before it has a sequence number', async () => {
    const numberless = {
      ...anyWorld.put(0, 'b'),
      dynamodb: { ...anyWorld.put(0, 'b').dynamodb, SequenceNumber: undefined },
    };
    const world = worldOf({ obstacle: failFor(['b'], 'setAlways') });

    await expect(world.sync([numberless, world.put(9, 'c')])).rejects.toThrow(UnreportableFailure);
  });
});

describe('a cache that is gone', () => {
  it('fails the batch from its first record without asking it once for each item', async () => {
    const world = worldOf({
      obstacle: (operation) => {
        throw new StoreUnavailable(`test.${operation}`, 'gone');
      },
    });
    const { response, report } = await world.sync(Array.from({ length: 1_000 }, (_, i) => world.put(i, `${i}`)));

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
    expect(world.store.calls.length).toBeLessThan(5);
    expect(report.failures).toHaveLength(1_000);
  });

  it('in the middle of a batch is left alone after a few items', async () => {
    let written = 0;
    const world = worldOf({
      obstacle: (operation) => {
        if (operation === 'setIfAbsent' && ++written > 100) throw new StoreThrottled('test.setIfAbsent', 'too fast');
      },
    });
    const { response } = await world.sync(Array.from({ length: 1_000 }, (_, i) => world.put(i, `${i}`)));

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '100' }] });
    // Two chunks may be under way when the store is given up.
    expect(world.store.writes().length).toBeLessThanOrEqual(2 * DEFAULT_APPLY_SETTINGS.chunk);
  });
});

describe('writes under way at once', () => {
  /** The most that there were, of a batch of four chunks. */
  async function mostAtOnce(concurrency?: number): Promise<number> {
    let underWay = 0;
    let most = 0;
    const world = worldOf({
      ...(concurrency !== undefined && { concurrency }),
      obstacle: async (operation) => {
        if (operation !== 'setIfAbsent') return;
        most = Math.max(most, ++underWay);
        await new Promise(setImmediate);
        underWay -= 1;
      },
    });
    await world.sync(Array.from({ length: 4 * DEFAULT_APPLY_SETTINGS.chunk }, (_, i) => world.put(i, `${i}`)));
    expect(world.store.writes()).toHaveLength(4 * DEFAULT_APPLY_SETTINGS.chunk);
    return most;
  }

  it('are those of two chunks', async () => {
    expect(await mostAtOnce()).toBe(2 * DEFAULT_APPLY_SETTINGS.chunk);
  });

  it('are fewer where the client of the store asks for it', async () => {
    expect(await mostAtOnce(20)).toBe(20);
  });
});

describe('time that runs out', () => {
  it('is noticed before anything is begun', async () => {
    const world = worldOf();
    const { response, report } = await world.sync([world.put(1, 'a'), world.put(2, 'b')], () => 900);

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(world.store.calls).toEqual([]);
    expect(report.failures[0]).toMatchObject({ name: 'NotAttempted' });
  });

  it('reports what was not reached, and keeps what was', async () => {
    const world = worldOf();
    let left = 12_000;
    const { response, report } = await world.sync(
      Array.from({ length: 500 }, (_, i) => world.put(i, `${i}`)),
      () => (left -= 40),
    );

    const first = Number(response.batchItemFailures[0]?.itemIdentifier);
    expect(first).toBeGreaterThan(100);
    expect(first).toBeLessThan(300);
    expect(report.records[first - 1]?.decision).toBe('prefilled');
    expect(report.records[499]?.decision).toBe('failed');
    expect(left).toBeGreaterThan(-40 * 500);
  });

  it('bounds every call by what is left of the invocation', async () => {
    const timeouts: unknown[] = [];
    const world = worldOf({ obstacle: (_, args) => void timeouts.push(args.at(-1)) });
    await world.sync([world.put(1, 'a')], () => 3_500);

    expect(timeouts).toEqual([
      expect.objectContaining({ timeout: 2_500 }),
      expect.objectContaining({ timeout: 2_500 }),
    ]);
  });
});

describe('ten thousand records in one event', () => {
  it('of ten thousand items take one write each and a read for 250, in seconds', async () => {
    const world = worldOf();
    const batch = Array.from({ length: 10_000 }, (_, i) => world.put(i, `${i}`));
    const start = performance.now();
    const { response, report } = await world.sync(batch);

    expect(response).toEqual({ batchItemFailures: [] });
    expect(report.storeOperations).toBe(10_040);
    expect(performance.now() - start).toBeLessThan(8_000);
  });

  it('of one item take a single write, in seconds', async () => {
    const world = worldOf();
    const batch = Array.from({ length: 10_000 }, (_, i) => world.put(i, 'hot', i));
    const start = performance.now();
    const { report } = await world.sync(batch);

    expect(report.storeOperations).toBe(2);
    expect(performance.now() - start).toBeLessThan(4_000);
  });

  it('that all fail are answered with the first of them', async () => {
    const world = worldOf();
    const batch = Array.from({ length: 10_000 }, (_, i) => world.put(i, `${i}`));

    expect((await world.sync(batch, () => 0)).response).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
  });
});

describe('what cannot be understood', () => {
  it.each([
    ['nothing', undefined],
    ['a text', 'event'],
    ['a list', [{}]],
    ['an event of another service', { Records: 'none' }],
    ['an empty object', {}],
  ])('is set aside as a whole when it is no event: %s', async (_, event) => {
    const world = worldOf();
    const { response, report } = await world.syncEvent(event);

    expect(response).toEqual({ batchItemFailures: [] });
    expect(world.quarantined).toEqual([
      { record: event, reason: expect.stringMatching(/not a DynamoDB stream event/) },
    ]);
    expect(report.records).toMatchObject([{ decision: 'quarantined' }]);
  });

  it('makes the invocation fail when it is no event and cannot be set aside', async () => {
    const world = worldOf({ quarantine: () => Promise.reject(new Error('the queue is gone')) });

    await expect(world.syncEvent({})).rejects.toThrow('the queue is gone');
  });

  it('is set aside record by record, and the batch goes on', async () => {
    const world = worldOf();
    const odd = { ...world.put(2, 'b'), eventName: 'TRUNCATE' };
    const { response, report } = await world.sync([world.put(1, 'a'), odd, null, world.put(3, 'c')]);

    expect(response).toEqual({ batchItemFailures: [] });
    expect(world.quarantined.map(({ record }) => record)).toEqual([odd, null]);
    expect(report.records.map(({ decision }) => decision)).toEqual([
      'prefilled',
      'quarantined',
      'quarantined',
      'prefilled',
    ]);
    expect(await world.entryOf('b')).toMatchObject({ kind: 'tombstone', floor: 'unknown' });
  });

  it('is delivered again when it cannot be set aside, and the failure is told', async () => {
    const world = worldOf({ quarantine: () => Promise.reject(new TypeError('canary')) });
    const { response, report } = await world.sync([world.put(1, 'a'), { ...world.put(2, 'b'), eventName: 'X' }]);

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(report.failures).toEqual([expect.any(QuarantineFailure)]);
    expect(report.failures[0]?.message).not.toContain('canary');
    expect(report.records.map(({ decision }) => decision)).toEqual(['prefilled', 'failed']);
  });

  it('is set aside once, not with every retry of a record before it', async () => {
    let broken = true;
    const world = worldOf({
      obstacle: (operation, args) => (broken ? failFor(['a'], 'setIfAbsent')(operation, args) : undefined),
    });
    const odd = { ...world.put(2, 'b'), eventName: 'X' };
    await world.sync([null, world.put(1, 'a'), odd]).catch(() => {});
    await world.sync([world.put(1, 'a'), odd]);
    expect(world.quarantined.map(({ record }) => record)).toEqual([null]);

    broken = false;
    await world.sync([world.put(1, 'a'), odd]);
    expect(world.quarantined.map(({ record }) => record)).toEqual([null, odd]);
  });
});

describe('a key that the store refuses', () => {
  it.each(['getMany', 'setIfAbsent'] as const)('is set aside and the batch goes on: %s', async (refused) => {
    const world = worldOf({
      obstacle: (operation, args) => {
        const isBad = JSON.stringify(args[0]).includes('bad');
        if (isBad && (operation === refused || (operation === 'get' && refused === 'getMany'))) {
          throw new StoreRejected(`test.${operation}`, 'invalid', 'the key is not one');
        }
      },
    });
    const batch = [world.put(1, 'a'), world.put(2, 'bad', 0), world.put(3, 'bad', 1), world.put(4, 'c')];
    const { response, report } = await world.sync(batch);

    expect(response).toEqual({ batchItemFailures: [] });
    expect(world.quarantined.map(({ record }) => record)).toEqual([batch[1], batch[2]]);
    expect(report.records.map(({ decision }) => decision)).toEqual([
      'prefilled',
      'quarantined',
      'quarantined',
      'prefilled',
    ]);
    expect(await world.valueOf('c')).toEqual({ PK: 'NOTE#c', revision: 4 });
  });

  it('is set aside when it is a generation’s, and the others are renewed', async () => {
    const world = worldOf({
      obstacle: (operation, args) => {
        if (operation === 'setMany' && JSON.stringify(args[0]).includes('bad')) {
          throw new StoreRejected('test.setMany', 'invalid', 'the key is not one');
        }
      },
    });
    const batch = [world.move(1, 'ann', 'bea'), world.move(2, 'bad', 'cat')];
    const { response, report } = await world.sync(batch);

    expect(response).toEqual({ batchItemFailures: [] });
    expect(world.quarantined.map(({ record }) => record)).toEqual([batch[1]]);
    expect(report.records.map(({ decision }) => decision)).toEqual(['coalesced', 'quarantined']);
    for (const owner of ['ann', 'bea', 'cat']) expect(await world.generationOf(owner)).toBeDefined();
  });

  it('is retried when it is refused for lack of a permission, which somebody can give', async () => {
    const world = worldOf({
      obstacle: () => {
        throw new StoreRejected('test', 'denied', 'no permission');
      },
    });

    expect((await world.sync([world.put(1, 'a')])).response.batchItemFailures).toHaveLength(1);
    expect(world.quarantined).toEqual([]);
  });
});

describe('a value that is too large for the store', () => {
  it('gives way to a tombstone', async () => {
    const world = worldOf({ maxValueBytes: 200 });
    const { response, report } = await world.sync([
      world.change(1, 'a', undefined, { PK: 'NOTE#a', text: 'x'.repeat(500) }),
    ]);

    expect(response).toEqual({ batchItemFailures: [] });
    expect(await world.entryOf('a')).toMatchObject({ kind: 'tombstone', floor: { sequence: '1' } });
    expect(report.records).toMatchObject([{ decision: 'tombstoned', reason: expect.stringMatching(/too large/) }]);
    expect(world.store.calls).toEqual(['getMany', 'setIfAbsent', 'setIfAbsent']);
  });
});

describe('collections', () => {
  it('get new generations, whose time is now, and the epoch where it is not known whose', async () => {
    const world = worldOf();
    await world.sync([world.move(1, 'ann', 'bea')]);
    const [ann, bea] = [await world.generationOf('ann'), await world.generationOf('bea')];
    await world.sync([world.move(2, 'bea', 'bea'), { ...world.move(3, 'x', 'y'), eventName: 'X' }]);

    expect(await world.generationOf('ann')).toEqual(ann);
    expect(await world.generationOf('bea')).not.toEqual(bea);
    expect(bea?.at).toBe(world.clock.now());
    expect(await world.memory.get(epochKey(NAMESPACE, tasks))).toBeDefined();
  });

  it('are renewed a hundred at a time, within the bound that readers allow for', async () => {
    const timeouts: unknown[] = [];
    const world = worldOf({
      obstacle: (operation, args) => {
        if (operation === 'setMany') timeouts.push(args.at(-1));
      },
    });
    await world.sync(Array.from({ length: 250 }, (_, i) => world.move(i, `from-${i}`, `to-${i}`)));

    // Two for each record, and one of the collection that has no parameters.
    expect(timeouts).toEqual(Array(6).fill(expect.objectContaining({ timeout: seconds(2) })));
  });

  it('are loaded again at once where the query is consistent, and with a later batch where its index lags', async () => {
    const loaded: string[] = [];
    const world = worldOf({
      reload: async ({ name }, params) => void loaded.push(`${name} ${JSON.stringify(params)}`),
    });
    await world.sync([world.move(1, 'ann', 'bea')]);
    expect(loaded).toEqual(['tasks {"owner":"ann"}', 'tasks {"owner":"bea"}']);

    world.clock.advance(milliseconds(settlingTime(lagging.settle) - 1));
    await world.sync([]);
    expect(loaded).toHaveLength(2);

    world.clock.advance(milliseconds(1));
    await world.sync([]);
    await world.sync([]);
    expect(loaded.slice(2)).toEqual(['lagging {}']);
  });

  it('are not loaded when there is no time left for it', async () => {
    const loaded: string[] = [];
    const world = worldOf({ reload: async ({ name }) => void loaded.push(name) });
    const { response } = await world.sync([world.move(1, 'ann', 'bea')], () => 4_000);

    expect(response).toEqual({ batchItemFailures: [] });
    expect(loaded).toEqual([]);
  });

  it('do not fail a batch that is applied: neither by an error nor by taking for ever', async () => {
    const world = worldOf({
      reload: (_, { owner }) => (owner === 'ann' ? Promise.reject(new Error('no')) : new Promise<void>(() => {})),
    });
    const deadline = performance.now() + 5_200;
    const { response } = await world.sync([world.move(1, 'ann', 'bea')], () => deadline - performance.now());

    expect(response).toEqual({ batchItemFailures: [] });
    expect(deadline - performance.now()).toBeGreaterThan(500);
  });
});

interface WorldOptions {
  readonly obstacle?: Obstacle;
  readonly clock?: (clock: TestClock) => SyncDependencies['clock'];
  readonly quarantine?: SyncDependencies['quarantine'];
  readonly reload?: Reload;
  readonly maxValueBytes?: number;
  /** What the store asks for, through the wrappers that functions put around it. */
  readonly concurrency?: number;
}

type World = ReturnType<typeof worldOf>;

function worldOf(options: WorldOptions = {}) {
  const clock = createTestClock(Date.UTC(2026, 10, 20, 12));
  const memory = createMemoryStore({
    clock,
    ...(options.maxValueBytes !== undefined && { maxValueBytes: options.maxValueBytes }),
  });
  const store: CountingStore = countingStore(memory, options.obstacle);
  const { concurrency } = options;
  const quarantined: QuarantinedRecord[] = [];
  const syncEvent = createSync({
    map,
    namespace: NAMESPACE,
    store:
      concurrency === undefined ? store : withBreaker(observedStore({ ...store, concurrency }, (_, call) => call())),
    clock: options.clock?.(clock) ?? clock,
    quarantine: options.quarantine ?? (async (records) => void quarantined.push(...records)),
    ...(options.reload && { reload: options.reload }),
  });
  const plenty = () => 600_000;
  const keyOf = (id: string) => entryKey(NAMESPACE, note, { PK: `NOTE#${id}` });

  function change(sequence: number, id: string, oldImage: Item | undefined, newImage: Item | undefined) {
    const type = oldImage === undefined ? 'INSERT' : newImage === undefined ? 'REMOVE' : 'MODIFY';
    return lambdaRecord({ type, key: { PK: `NOTE#${id}` }, oldImage, newImage, sequence, createdAt: clock.now() });
  }
  async function entryOf(id: string): Promise<Entry | Foreign | undefined> {
    const bytes = await memory.get(keyOf(id));
    return bytes && decodeEntry(bytes);
  }

  return {
    clock,
    memory,
    store,
    quarantined,
    keyOf,
    change,
    entryOf,
    sync: (records: readonly unknown[], remaining = plenty) => syncEvent({ Records: records }, remaining),
    syncEvent: (event: unknown) => syncEvent(event, plenty),
    /** Inserts a note, or modifies it where the revision before is given. */
    put: (sequence: number, id: string, before = 0) =>
      change(sequence, id, before === 0 ? undefined : { PK: `NOTE#${id}`, revision: before }, {
        PK: `NOTE#${id}`,
        revision: sequence,
      }),
    remove: (sequence: number, id: string) => change(sequence, id, { PK: `NOTE#${id}` }, undefined),
    /** Gives a task to somebody else. */
    move: (sequence: number, from: string, to: string) =>
      lambdaRecord({
        type: 'MODIFY',
        key: { PK: 'TASK#1' },
        oldImage: { PK: 'TASK#1', owner: from },
        newImage: { PK: 'TASK#1', owner: to },
        sequence,
        createdAt: clock.now(),
      }),
    /** Another writer comes between. */
    async meddle(id: string, floor?: { label: string; sequence: string }) {
      const { bytes, ttl } = tombstoneAlways('meddling', clock.now());
      const known = floor && encodeEntry({ kind: 'tombstone', nonce: newNonce(), at: clock.now(), floor });
      await memory.setAlways(keyOf(id), known ?? bytes, known ? minutes(1) : ttl);
    },
    async valueOf(id: string): Promise<unknown> {
      const entry = await entryOf(id);
      return entry?.kind === 'value' ? decodePayload(entry.payload) : entry?.kind;
    },
    async generationOf(owner: string) {
      const bytes = await memory.get(generationKey(NAMESPACE, tasks, { owner }));
      const generation = bytes && decodeGeneration(bytes);
      return generation && 'nonce' in generation ? generation : undefined;
    },
  };
}

/** Where only the records of a world are of interest. */
const anyWorld = worldOf();

/** Makes an operation on these notes fail. */
function failFor(ids: readonly string[], failing: string): Obstacle {
  return (operation, [key]) => {
    if (operation === failing && ids.some((id) => String(key).endsWith(encodeURIComponent(`NOTE#${id}`)))) {
      throw new StoreUnavailable(`test.${operation}`, 'gone');
    }
  };
}
