import { describe, expect, it } from 'vitest';
import { decodeEntry, type Entry, encodeEntry, type Foreign, newNonce } from '../../../shared/entry/entry.ts';
import { NumberValue } from '../../../shared/entry/item.ts';
import { encodePayload, type Payload } from '../../../shared/entry/payload.ts';
import type { Floor } from '../../../shared/entry/position.ts';
import { entryKey } from '../../../shared/map/cache-key.ts';
import { entity } from '../../../shared/map/entity.ts';
import { InvalidKeyError } from '../../../shared/map/errors.ts';
import { TOMBSTONE_TTL } from '../../../shared/protocol.ts';
import { jittered } from '../../../shared/read/filler.ts';
import type { ReadObserver } from '../../../shared/read/outcome.ts';
import { createReader } from '../../../shared/read/reader.ts';
import type { ReaderOptions } from '../../../shared/read/settings.ts';
import { withBreaker } from '../../../shared/store/breaker.ts';
import { StoreUnavailable } from '../../../shared/store/errors.ts';
import { createMemoryStore } from '../../../shared/store/memory.ts';
import { hours, milliseconds, minutes, seconds } from '../../../shared/time.ts';
import { createTestClock } from '../../support/clock.ts';
import { countingStore, type Obstacle } from '../../support/counting-store.ts';
import { STREAM_LABEL } from '../../support/lambda-records.ts';
import { createMemoryTable } from '../../support/memory-table.ts';

const NAMESPACE = 'test';
const user = entity('user', {
  key: { PK: 'USER#{name}' },
  onChange: 'refresh',
  ttl: hours(1),
  absentTtl: minutes(2),
  versionBy: 'revision',
  project: ({ name, role }) => ({ name, role }),
});
const whole = entity('whole', { key: { PK: 'WHOLE#{id}' }, onChange: 'refresh', ttl: hours(1) });
const alice = { name: 'alice' };
const ALICE = { PK: 'USER#alice' };
const STORED = { ...ALICE, name: 'alice', role: 'admin', revision: 7, secret: 'x' };
const FLOOR = { label: STREAM_LABEL, sequence: '42' };

describe('an item that the cache does not know', () => {
  it('is read from the table, projected and filled: one get, one read, one set', async () => {
    const world = worldOf();
    const result = await world.reader.get(user, alice);

    expect(result).toEqual({ outcome: 'miss', value: { name: 'alice', role: 'admin' } });
    expect(world.store.calls).toEqual(['get', 'setIfAbsent']);
    expect(world.table.calls).toEqual(['get']);
  });

  it('is filled with the times around the read, its version and no floor', async () => {
    const world = worldOf();
    const from = world.clock.now();
    world.table.before = () => world.clock.advance(seconds(3));
    await world.reader.get(user, alice);

    expect(await world.entry()).toMatchObject({
      kind: 'value',
      at: from,
      floor: 'unknown',
      origin: { by: 'reader', readUntil: from + seconds(3), itemVersion: 7 },
    });
  });

  it('is a hit from then on: one get', async () => {
    const world = worldOf();
    await world.reader.get(user, alice);
    world.store.reset();

    expect(await world.reader.get(user, alice)).toEqual({ outcome: 'hit', value: { name: 'alice', role: 'admin' } });
    expect(world.store.calls).toEqual(['get']);
    expect(world.table.calls).toHaveLength(1);
  });

  it('is known as absent where there is none, for the shorter TTL', async () => {
    const world = worldOf({ random: () => 0 });

    expect(await world.reader.get(user, { name: 'nobody' })).toEqual({ outcome: 'miss', value: undefined });
    expect(await world.reader.get(user, { name: 'nobody' })).toEqual({ outcome: 'absent', value: undefined });
    expect(world.table.calls).toHaveLength(1);
    world.clock.advance(minutes(2));
    expect((await world.reader.get(user, { name: 'nobody' })).outcome).toBe('miss');
  });

  it('cannot be asked for by parameters that no item has', async () => {
    const world = worldOf();

    await expect(world.reader.get(user, { name: '' })).rejects.toThrow(InvalidKeyError);
    await expect(world.reader.getMany(user, [alice, { name: '' }])).rejects.toThrow(InvalidKeyError);
    expect(world.store.calls).toEqual([]);
  });

  it('fails its readers when the table fails, and leaves the cache alone', async () => {
    const world = worldOf();
    world.table.before = () => {
      throw new Error('the table is throttled');
    };

    await expect(world.reader.get(user, alice)).rejects.toThrow('the table is throttled');
    expect(world.store.writes()).toEqual([]);
    world.table.before = () => {};
    expect((await world.reader.get(user, alice)).outcome).toBe('miss');
  });

  it('gives each caller a value of its own', async () => {
    const world = worldOf();
    world.table.put({ PK: 'WHOLE#1' }, { PK: 'WHOLE#1', tags: ['a'] });
    const [first, second] = await Promise.all([
      world.reader.get(whole, { id: '1' }),
      world.reader.get(whole, { id: '1' }),
    ]);

    expect(first.value).toEqual(second.value);
    expect(first.value).not.toBe(second.value);
  });

  it('answers a miss with exactly what the hit after it answers', async () => {
    const world = worldOf();
    world.table.put(
      { PK: 'WHOLE#1' },
      {
        PK: 'WHOLE#1',
        big: 9_007_199_254_740_993n,
        exact: NumberValue.from('1.00000000000000000001'),
        bytes: new Uint8Array([0, 255]),
        set: new Set(['a', 'b']),
        nothing: null,
      },
    );
    const miss = await world.reader.get(whole, { id: '1' });
    const hit = await world.reader.get(whole, { id: '1' });

    expect([miss.outcome, hit.outcome]).toEqual(['miss', 'hit']);
    expect(hit.value).toEqual(miss.value);
  });
});

describe('a fill', () => {
  it('over a tombstone is conditional on it and inherits its floor', async () => {
    const world = worldOf();
    await world.seed(tombstone(FLOOR));
    expect((await world.reader.get(user, alice)).outcome).toBe('miss');

    expect(world.store.calls).toEqual(['get', 'setIfUnchanged']);
    expect(await world.entry()).toMatchObject({ kind: 'value', floor: FLOOR, origin: { by: 'reader' } });
  });

  it('of an absence over a tombstone inherits its floor, too', async () => {
    const world = worldOf();
    world.table.put(ALICE, undefined);
    await world.seed(tombstone(FLOOR));
    await world.reader.get(user, alice);

    expect(await world.entry()).toMatchObject({ kind: 'absent', floor: FLOOR });
  });

  it('over a tombstone of unknown floor promises nothing', async () => {
    const world = worldOf();
    await world.seed(tombstone('unknown'));
    await world.reader.get(user, alice);

    expect(await world.entry()).toMatchObject({ kind: 'value', floor: 'unknown' });
  });

  it.each([
    ['nothing', undefined],
    ['a tombstone', tombstone(FLOOR)],
  ])('gives way to whatever was written meanwhile over %s', async (_, before) => {
    const world = worldOf();
    if (before !== undefined) await world.seed(before);
    const meanwhile = tombstone({ ...FLOOR, sequence: '43' });
    world.table.before = () => world.seed(meanwhile);
    const result = await world.reader.get(user, alice);

    expect(result).toEqual({ outcome: 'miss', value: { name: 'alice', role: 'admin' } });
    expect(await world.entry()).toEqual(meanwhile);
    expect(world.refusals).toEqual(['conflict']);
  });

  it('does not take an equal tombstone of another write for the one that it found', async () => {
    const world = worldOf();
    await world.seed(tombstone(FLOOR));
    const again = tombstone(FLOOR);
    world.table.before = () => world.seed(again);
    await world.reader.get(user, alice);

    expect(await world.entry()).toEqual(again);
  });

  it.each(['wall', 'monotonic'] as const)(
    'is not attempted 20 s after the cache was asked, by the %s clock',
    async (moved) => {
      let offset = 0;
      const world = worldOf({}, (clock) => ({
        now: () => clock.now() + (moved === 'wall' ? offset : 0),
        monotonic: () => clock.monotonic() + (moved === 'monotonic' ? offset : 0),
      }));
      world.table.before = () => {
        offset = seconds(20);
      };

      expect((await world.reader.get(user, alice)).outcome).toBe('miss');
      expect(world.store.writes()).toEqual([]);
      expect(world.refusals).toEqual(['too-late']);
    },
  );

  it('is attempted until then, and not waited for beyond', async () => {
    const timeouts: unknown[] = [];
    const world = worldOf({}, undefined, (operation, args) => {
      if (operation === 'setIfAbsent') timeouts.push(args.at(-1));
    });
    world.table.before = () => world.clock.advance(milliseconds(19_900));
    await world.reader.get(user, alice);

    expect(timeouts).toEqual([{ timeout: 100, attempts: 1 }]);
  });

  it('counts from before the cache was asked: a slow get uses the time up as well', async () => {
    const world: ReturnType<typeof worldOf> = worldOf({}, undefined, (operation) => {
      if (operation === 'get') world.clock.advance(seconds(20));
    });
    await world.reader.get(user, alice);

    expect(world.refusals).toEqual(['too-late']);
  });

  it('costs no more than its own timeout when the store fails it', async () => {
    const world = worldOf({}, undefined, (operation) => {
      if (operation === 'setIfAbsent') throw new StoreUnavailable('test.setIfAbsent', 'gone');
    });

    expect((await world.reader.get(user, alice)).value).toEqual({ name: 'alice', role: 'admin' });
    expect(world.refusals).toEqual(['store']);
  });

  it('is awaited: nothing is left running behind an answer', async () => {
    let landed = false;
    const world = worldOf({}, undefined, async (operation) => {
      if (operation !== 'setIfAbsent') return;
      await new Promise((resolve) => setTimeout(resolve, 20));
      landed = true;
    });
    await world.reader.get(user, alice);

    expect(landed).toBe(true);
  });
});

describe('a value that cannot be stored', () => {
  const dated = entity('dated', {
    key: { PK: 'USER#{name}' },
    onChange: 'refresh',
    ttl: hours(1),
    project: ({ name }) => ({ name, when: new Date(0) }),
  });
  const hidden = entity('hidden', {
    key: { PK: 'USER#{name}' },
    onChange: 'refresh',
    ttl: hours(1),
    project: () => undefined,
  });

  it('is answered as it is and not filled', async () => {
    const world = worldOf();

    expect(await world.reader.get(dated, alice)).toEqual({
      outcome: 'miss',
      value: { name: 'alice', when: new Date(0) },
    });
    expect((await world.reader.getJson(dated, alice)).json).toBe('{"name":"alice","when":"1970-01-01T00:00:00.000Z"}');
    expect(world.store.writes()).toEqual([]);
    expect(world.refusals).toEqual(['unsupported-value', 'unsupported-value']);
  });

  it('does not make an item absent whose projection is undefined', async () => {
    const world = worldOf();

    expect(await world.reader.get(hidden, alice)).toEqual({ outcome: 'miss', value: undefined });
    expect((await world.reader.get(hidden, alice)).outcome).toBe('miss');
    expect(world.store.writes()).toEqual([]);
  });

  it('is answered when it is too large for the store', async () => {
    const world = worldOf({ maxValueBytes: 50 });

    expect((await world.reader.get(user, alice)).value).toEqual({ name: 'alice', role: 'admin' });
    expect(world.refusals).toEqual(['rejected']);
  });

  it('is the user’s own error when "project" throws', async () => {
    const failing = entity('failing', {
      key: { PK: 'USER#{name}' },
      onChange: 'refresh',
      ttl: hours(1),
      project: () => {
        throw new RangeError('not this one');
      },
    });
    const world = worldOf();

    await expect(world.reader.get(failing, alice)).rejects.toThrow(RangeError);
    expect(world.store.writes()).toEqual([]);
  });

  it('has no version when "versionBy" throws, and is filled all the same', async () => {
    const odd = entity('odd', {
      key: { PK: 'USER#{name}' },
      onChange: 'refresh',
      ttl: hours(1),
      versionBy: () => {
        throw new Error('no version');
      },
    });
    const world = worldOf();
    await world.reader.get(odd, alice);

    expect((await world.reader.get(odd, alice)).outcome).toBe('hit');
  });
});

describe('what is in the cache and is not ours', () => {
  const foreign: [string, Uint8Array][] = [
    ['somebody else’s', Buffer.from('somebody else’s')],
    ['empty', new Uint8Array()],
    ['of a later format', Buffer.from('2 value n=0123456789abcdef at=1 by=stream f=json len=2 v=*\n{}')],
    ['cut off', encodeEntry(value()).subarray(0, -3)],
  ];
  it.each(foreign)('is a miss, told to the observer, and overwritten conditionally: %s', async (_, bytes) => {
    const world = worldOf();
    await world.memory.setAlways(world.key, bytes, hours(1));

    expect((await world.reader.get(user, alice)).outcome).toBe('miss');
    expect(world.foreign).toHaveLength(1);
    expect(world.store.calls).toEqual(['get', 'setIfUnchanged']);
    expect((await world.reader.get(user, alice)).outcome).toBe('hit');
  });

  it('is a miss when only its payload is damaged, which shows when it is decoded', async () => {
    const world = worldOf();
    const body = Buffer.from('{"name":"al}');
    await world.seed(value({ format: 'json', body }));

    expect(await world.reader.get(user, alice)).toEqual({ outcome: 'miss', value: { name: 'alice', role: 'admin' } });
    expect(world.foreign).toHaveLength(1);
    expect((await world.reader.get(user, alice)).outcome).toBe('hit');
  });

  it('is a miss among many when its payload is damaged', async () => {
    const world = worldOf();
    await world.seed(value({ format: 'typed', body: Buffer.from('{}') }));
    const [first] = await world.reader.getMany(user, [alice]);

    expect(first).toEqual({ outcome: 'miss', value: { name: 'alice', role: 'admin' } });
  });
});

describe('a cache that does not answer', () => {
  const gone: Obstacle = (operation) => {
    throw new StoreUnavailable(`test.${operation}`, 'gone');
  };

  it('is bypassed: the table answers and nothing is filled', async () => {
    const world = worldOf({}, undefined, gone);

    expect(await world.reader.get(user, alice)).toEqual({
      outcome: 'bypass',
      value: { name: 'alice', role: 'admin' },
    });
    expect(world.store.calls).toEqual(['get']);
    expect((await world.reader.getMany(user, [alice])).map(({ outcome }) => outcome)).toEqual(['bypass']);
    expect(world.store.writes()).toEqual([]);
  });

  it('is asked once, with the reader’s own deadline', async () => {
    const options: unknown[] = [];
    const world = worldOf({ settings: { cacheTimeout: milliseconds(75) } }, undefined, (_, args) => {
      options.push(args.at(-1));
    });
    await world.reader.get(user, alice);

    expect(options[0]).toEqual({ timeout: 75, attempts: 1 });
  });

  it('is left alone for a while behind a breaker', async () => {
    const world = worldOf({ breaker: true }, undefined, gone);
    for (let i = 0; i < 20; i++) await world.reader.get(user, alice);

    expect(world.store.calls).toHaveLength(5);
    expect(world.table.calls).toHaveLength(20);
  });
});

describe('readers of one item at one time', () => {
  it('share one read, a thousand of them', async () => {
    const world = worldOf();
    const results = await Promise.all(Array.from({ length: 1_000 }, () => world.reader.get(user, alice)));

    expect(world.table.calls).toEqual(['get']);
    expect(world.store.calls).toEqual(['get', 'setIfAbsent']);
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['miss']));
  });

  it('fail together, and the next one tries anew', async () => {
    const world = worldOf();
    world.table.before = () => {
      throw new Error('throttled');
    };
    const results = await Promise.allSettled([world.reader.get(user, alice), world.reader.getJson(user, alice)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);

    world.table.before = () => {};
    expect((await world.reader.get(user, alice)).outcome).toBe('miss');
  });

  it('share it across get and getMany', async () => {
    const world = worldOf();
    await Promise.all([world.reader.get(user, alice), world.reader.getMany(user, [alice, { name: 'bob' }])]);

    expect(world.table.calls.toSorted()).toEqual(['get', 'getMany(1)']);
  });
});

describe('many items', () => {
  it('are answered in order, duplicates included, by one cache read and one table read', async () => {
    const world = worldOf();
    world.table.put({ PK: 'USER#bob' }, { PK: 'USER#bob', name: 'bob' });
    await world.reader.get(user, alice);
    world.store.reset();
    world.table.calls.splice(0);
    const names = ['bob', 'alice', 'nobody', 'bob'];
    const results = await world.reader.getMany(
      user,
      names.map((name) => ({ name })),
    );

    expect(results).toEqual([
      { outcome: 'miss', value: { name: 'bob' } },
      { outcome: 'hit', value: { name: 'alice', role: 'admin' } },
      { outcome: 'miss', value: undefined },
      { outcome: 'miss', value: { name: 'bob' } },
    ]);
    expect(world.store.calls).toEqual(['getMany', 'setIfAbsent', 'setIfAbsent']);
    expect(world.table.calls).toEqual(['getMany(2)']);
  });

  it('that are all known cost one cache read', async () => {
    const world = worldOf();
    const both = [alice, { name: 'nobody' }];
    await world.reader.getMany(user, both);
    world.store.reset();
    const results = await world.reader.getMany(user, both);

    expect(results.map(({ outcome }) => outcome)).toEqual(['hit', 'absent']);
    expect(world.store.calls).toEqual(['getMany']);
  });

  it('may be none', async () => {
    const world = worldOf();

    expect(await world.reader.getMany(user, [])).toEqual([]);
    expect(world.store.calls).toEqual([]);
  });

  it('fail when one of them cannot be projected, but not the others’ own readers, and no fill is left running', async () => {
    let running = 0;
    const picky = entity('picky', {
      key: { PK: 'USER#{name}' },
      onChange: 'refresh',
      ttl: hours(1),
      project: (item) => {
        if (item.name === 'bad') throw new RangeError('not this one');
        return item.name;
      },
    });
    const world = worldOf({}, undefined, async (operation) => {
      if (operation !== 'setIfAbsent') return;
      running += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
    });
    world.table.put({ PK: 'USER#bad' }, { PK: 'USER#bad', name: 'bad' });
    const many = world.reader.getMany(picky, [{ name: 'bad' }, alice]);
    const joined = world.reader.get(picky, alice);

    await expect(many).rejects.toThrow(RangeError);
    expect(running).toBe(0);
    expect(await joined).toEqual({ outcome: 'miss', value: 'alice' });
  });

  it('keep the deadline of their fills', async () => {
    const world = worldOf();
    world.table.before = () => world.clock.advance(seconds(21));
    await world.reader.getMany(user, [alice]);

    expect(world.refusals).toEqual(['too-late']);
  });
});

describe('a hit as JSON', () => {
  it('is passed on as it is stored, without being parsed', async () => {
    const world = worldOf();
    const body = Buffer.from('{"name" : "not what JSON.stringify makes of it", }');
    await world.seed(value({ format: 'json', body }));

    expect(await world.reader.getJson(user, alice)).toEqual({ outcome: 'hit', json: body.toString() });
  });

  it('is the same text as that of the miss before it, and none for an absence', async () => {
    const world = worldOf();
    const miss = await world.reader.getJson(user, alice);

    expect(miss).toEqual({ outcome: 'miss', json: '{"name":"alice","role":"admin"}' });
    expect(await world.reader.getJson(user, alice)).toEqual({ ...miss, outcome: 'hit' });
    await world.reader.getJson(user, { name: 'nobody' });
    expect(await world.reader.getJson(user, { name: 'nobody' })).toEqual({ outcome: 'absent', json: undefined });
  });
});

describe('the TTL of a fill', () => {
  it.each([
    { random: 0, expected: 3_600 },
    { random: 0.5, expected: 3_420 },
    { random: 0.999_999, expected: 3_240 },
  ])('of an hour is shortened by up to a tenth: $expected s', ({ random, expected }) => {
    expect(jittered(hours(1), 0.1, () => random)).toBe(seconds(expected));
  });

  it('is never below the tombstone TTL, and in whole seconds', () => {
    expect(jittered(seconds(60), 1, () => 0.9)).toBe(TOMBSTONE_TTL);
    expect(jittered(milliseconds(90_500), 0.1, () => 0.3) % 1_000).toBe(0);
  });
});

describe('an observer', () => {
  it('is told names, outcomes and times, never a key or a value', async () => {
    const world = worldOf();
    await world.reader.get(user, alice);
    await world.reader.get(user, alice);

    expect(world.reads).toEqual([
      { name: 'user', outcome: 'miss', cacheMs: 0, tableMs: 0 },
      { name: 'user', outcome: 'hit', cacheMs: 0, tableMs: undefined },
    ]);
  });
});

interface WorldOptions extends Partial<Pick<ReaderOptions, 'settings' | 'random'>> {
  readonly maxValueBytes?: number;
  readonly breaker?: boolean;
}

function worldOf(
  { maxValueBytes, breaker, ...options }: WorldOptions = {},
  clockOf: (clock: ReturnType<typeof createTestClock>) => ReaderOptions['clock'] = (clock) => clock,
  obstacle?: Obstacle,
) {
  const clock = createTestClock();
  const memory = createMemoryStore({ clock, ...(maxValueBytes !== undefined && { maxValueBytes }) });
  const store = countingStore(memory, obstacle);
  const table = createMemoryTable();
  table.put(ALICE, STORED);
  const refusals: string[] = [];
  const foreign: string[] = [];
  const reads: unknown[] = [];
  const observer: ReadObserver = {
    read: (event) => void reads.push(event),
    fillRefused: ({ reason }) => void refusals.push(reason),
    foreign: ({ reason }) => void foreign.push(reason),
  };
  const key = entryKey(NAMESPACE, user, ALICE);
  return {
    clock,
    memory,
    store,
    table,
    refusals,
    foreign,
    reads,
    key,
    reader: createReader({
      store: breaker === true ? withBreaker(store) : store,
      table,
      namespace: NAMESPACE,
      clock: clockOf(clock) ?? clock,
      observer,
      ...options,
    }),
    seed: (entry: Entry) => memory.setAlways(key, encodeEntry(entry), hours(1)),
    async entry(): Promise<Entry | Foreign | undefined> {
      const bytes = await memory.get(key);
      return bytes && decodeEntry(bytes);
    },
  };
}

function tombstone(floor: Floor): Entry {
  return { kind: 'tombstone', nonce: newNonce(), at: 1, floor };
}

function value(payload: Payload = encodePayload({ name: 'alice' })): Entry {
  return { kind: 'value', nonce: newNonce(), at: 1, floor: FLOOR, origin: { by: 'stream' }, payload };
}
