import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeEntry } from '../../shared/entry/entry.ts';
import type { Item } from '../../shared/entry/item.ts';
import { decodePayload } from '../../shared/entry/payload.ts';
import { entryKey } from '../../shared/map/cache-key.ts';
import { defineCacheMap } from '../../shared/map/cache-map.ts';
import { entity } from '../../shared/map/entity.ts';
import { createReader } from '../../shared/read/reader.ts';
import { createMemoryStore } from '../../shared/store/memory.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import { createSync } from '../../shared/sync/batch.ts';
import { tombstoneAlways } from '../../shared/sync/decide.ts';
import { minutes, seconds } from '../../shared/time.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';
import { countingStore } from '../support/counting-store.ts';
import { lambdaRecord } from '../support/lambda-records.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const IDS = ['a', 'b'];

const settings = fc.record({
  onChange: fc.constantFrom('refresh', 'refresh', 'invalidate'),
  prefill: fc.boolean(),
  versioned: fc.boolean(),
  /** Fails for some items, so that their entries become tombstones. */
  picky: fc.boolean(),
});
type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never;

/** What stands in the cache before the batch, of each of the two items. */
const befores = fc.array(
  fc.constantFrom('nothing', 'value', 'absence', 'tombstone', 'unknown tombstone', 'fill', 'old fill', 'foreign'),
  { minLength: 2, maxLength: 2 },
);

/** Changes of two items: their kind, and how old each is when the batch is handled, ms. */
const changes = fc
  .array(
    fc.record({
      id: fc.constantFrom(...IDS),
      write: fc.constantFrom('put', 'put', 'touch', 'remove'),
      age: fc.constantFrom(0, 1_000, 1_500, 4_000, 20_000, 29_000, 31_000, 400_000),
      malformed: fc.constantFrom(...Array(15).fill(false), true),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) => {
    // Events come in the order of their writes.
    const ages = list.map(({ age }) => age).sort((x, y) => y - x);
    return list.map((change, i) => ({ ...change, age: ages[i] ?? 0 }));
  });
type Changes = typeof changes extends fc.Arbitrary<infer Value> ? Value : never;

it('ends a whole batch where record-by-record application ends', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(settings, befores, changes, async (options, before, list) => {
      const [whole, single] = [await worldOf(options, before), await worldOf(options, before)];
      const records = recordsOf(list);
      await whole.deliver(records);
      for (const record of records) await single.deliver([record]);

      expect(await whole.state()).toEqual(await single.state());
    }),
    { numRuns: 1_500 },
  );
});

it('ends where it did when any part of a batch has been delivered before', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(settings, befores, changes, fc.nat(), async (options, before, list, cut) => {
      const [once, twice] = [await worldOf(options, before), await worldOf(options, before)];
      const records = recordsOf(list);
      await once.deliver(records);
      await twice.deliver(records.slice(0, cut % (records.length + 1)));
      await twice.deliver(records);

      expect(await twice.state()).toEqual(await once.state());
    }),
    { numRuns: 1_500 },
  );
});

it('changes nothing when any prefix of an applied batch is delivered again', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(settings, befores, changes, fc.nat(), async (options, before, list, cut) => {
      const world = await worldOf(options, before);
      const records = recordsOf(list);
      await world.deliver(records);
      const applied = await world.state();
      world.store.reset();
      await world.deliver(records.slice(0, cut % (records.length + 1)));

      expect(await world.state()).toEqual(applied);
      // An unconditional tombstone remembers nothing, so that each delivery writes one again; nothing else is written.
      const forgetful = applied.some((state) => 'floor' in state && state.floor === 'unknown');
      if (!forgetful) expect(world.store.writes()).toEqual([]);
    }),
    { numRuns: 1_500 },
  );
});

function recordsOf(list: Changes): unknown[] {
  const current = new Map<string, Item>();
  return list.flatMap(({ id, write, age, malformed }, i) => {
    const key = { PK: `ITEM#${id}` };
    const oldImage = current.get(id);
    const state = write === 'touch' ? (oldImage?.state ?? i) : i;
    const newImage = write === 'remove' ? undefined : { ...key, revision: i + 1, state };
    if (oldImage === undefined && newImage === undefined) return [];
    if (newImage === undefined) current.delete(id);
    else current.set(id, newImage);
    const type = oldImage === undefined ? 'INSERT' : newImage === undefined ? 'REMOVE' : 'MODIFY';
    const record = lambdaRecord({ type, key, oldImage, newImage, sequence: 100 + i, createdAt: NOW - age });
    return [malformed ? { ...record, eventName: 'TRUNCATE' } : record];
  });
}

async function worldOf({ onChange, prefill, versioned, picky }: Settings, before: readonly string[]) {
  const clock = createTestClock(NOW - minutes(1));
  const item = entity('item', {
    key: { PK: 'ITEM#{id}' },
    onChange,
    prefill,
    ttl: minutes(30),
    absentTtl: minutes(10),
    ...(versioned && { versionBy: 'revision' }),
    project: ({ state }) => {
      if (picky && state === 2) throw new Error('not this one');
      return { state: state ?? null };
    },
  });
  const memory = createMemoryStore({ clock });
  const store = countingStore(memory);
  const sync = createSync({
    map: defineCacheMap({ entities: [item] }),
    namespace: 'test',
    store,
    clock,
    quarantine: () => Promise.resolve(),
  });
  const deliver = (records: readonly unknown[]) => sync({ Records: records }, () => 600_000);
  const keyOf = (id: string) => entryKey('test', item, { PK: `ITEM#${id}` });

  for (const [i, id] of IDS.entries()) {
    await prepare(before[i], { id, clock, store: memory, item, key: keyOf(id), deliver });
  }
  store.reset();
  clock.advance(seconds(58));

  return {
    store,
    deliver,
    /** What the entries say, but for their nonces and the time of an unconditional tombstone. */
    state: () =>
      Promise.all(
        IDS.map(async (id) => {
          const bytes = await memory.get(keyOf(id));
          const entry = bytes === undefined ? undefined : decodeEntry(bytes);
          if (entry === undefined || entry.kind === 'foreign') return { kind: entry?.kind };
          const { nonce: _, ...rest } = entry;
          if (rest.kind === 'value') return { ...rest, payload: decodePayload(rest.payload) };
          return rest.kind === 'tombstone' && rest.floor === 'unknown' ? { kind: rest.kind, floor: rest.floor } : rest;
        }),
      ),
  };
}

interface Preparation {
  readonly id: string;
  readonly clock: TestClock;
  readonly store: CacheStore;
  readonly item: ReturnType<typeof entity<'item', { PK: 'ITEM#{id}' }, unknown>>;
  readonly key: ReturnType<typeof entryKey>;
  readonly deliver: (records: readonly unknown[]) => Promise<unknown>;
}

async function prepare(before: string | undefined, { id, clock, store, item, key, deliver }: Preparation) {
  const primaryKey = { PK: `ITEM#${id}` };
  const image = { ...primaryKey, revision: 1, state: 0 };
  const event = (type: 'MODIFY' | 'REMOVE', sequence: number) =>
    lambdaRecord({
      type,
      key: primaryKey,
      oldImage: { ...image, state: 50 + sequence },
      newImage: type === 'REMOVE' ? undefined : image,
      sequence,
      createdAt: clock.now(),
    });
  switch (before) {
    case 'value':
      await deliver([event('MODIFY', 1), event('MODIFY', 2)]);
      break;
    case 'absence':
      await deliver([event('MODIFY', 1), event('REMOVE', 2)]);
      break;
    case 'tombstone':
      await deliver([event('MODIFY', 1)]);
      break;
    case 'unknown tombstone': {
      const { bytes, ttl } = tombstoneAlways('test', clock.now());
      await store.setAlways(key, bytes, ttl);
      break;
    }
    case 'foreign':
      await store.setAlways(key, Buffer.from('foreign'), minutes(30));
      break;
    case 'fill':
    case 'old fill': {
      // Late enough to be close to the events, or a minute before the youngest of them.
      const later = createTestClock(clock.now() + (before === 'fill' ? seconds(57) : 0));
      const table = {
        get: () => Promise.resolve(image),
        getMany: () => Promise.resolve([]),
        query: () => Promise.resolve({ items: [], cursor: undefined }),
      };
      await createReader({ store, table, namespace: 'test', clock: later }).get(item, { id });
    }
  }
}
