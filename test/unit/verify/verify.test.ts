import { beforeEach, describe, expect, it } from 'vitest';
import { decodeEntry, encodeEntry, newNonce } from '../../../shared/entry/entry.ts';
import type { Item } from '../../../shared/entry/item.ts';
import { encodePayload } from '../../../shared/entry/payload.ts';
import { hours, seconds } from '../../../shared/index.ts';
import { entryKey } from '../../../shared/map/cache-key.ts';
import { createReader, type Reader } from '../../../shared/read/reader.ts';
import { StoreUnavailable } from '../../../shared/store/errors.ts';
import { createMemoryStore } from '../../../shared/store/memory.ts';
import type { CacheStore } from '../../../shared/store/port.ts';
import { readVerifyCheckpoint } from '../../../shared/verify/checkpoint.ts';
import { total } from '../../../shared/verify/tally.ts';
import { type StaleEntry, type VerifyOptions, type VerifyResult, verify } from '../../../shared/verify/verify.ts';
import { CheckpointError } from '../../../shared/warm/checkpoint.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { createTestTable, map, NAMESPACE, type TestTable, user, userKey } from '../../support/repair.ts';

let clock: TestClock;
let store: CacheStore;
let table: TestTable;
let reader: Reader;
let names: string[];
let stale: StaleEntry[];
/** What happens while verify waits between two looks at an item. */
let meanwhile: () => void | Promise<void>;

beforeEach(() => {
  clock = createTestClock();
  store = createMemoryStore({ clock });
  table = createTestTable();
  reader = createReader({ store, table, namespace: NAMESPACE, clock });
  names = [];
  stale = [];
  meanwhile = () => {};
});

const PATIENCE = seconds(5);

/** A segment holds every so-manieth item; a page holds one. */
const scanner: VerifyOptions['scanner'] = {
  async page({ index, total: segments }, cursor) {
    const place = cursor === undefined ? index : Number(cursor) + segments;
    const item = names[place] === undefined ? undefined : await table.get(userKey(names[place]));
    const isLast = place + segments >= names.length;
    return { items: item === undefined ? [] : [item], cursor: isLast ? undefined : String(place) };
  },
};

function run(options: Partial<VerifyOptions> = {}): Promise<VerifyResult> {
  let lookedAt = 0;
  return verify({
    ...{ map, namespace: NAMESPACE, store, table, clock, scanner },
    budget: { ready: async () => {}, spend: () => {}, spent: () => 0 },
    segments: 2,
    share: 1,
    patience: PATIENCE,
    repair: false,
    identity: ['table', 'cache'],
    signal: new AbortController().signal,
    onStale: (found) => void stale.push(found),
    onProgress: (progress) => {
      lookedAt = progress.lookedAt;
    },
    wait: async () => {
      if (lookedAt > 0) await meanwhile();
      clock.advance(seconds(1));
    },
    ...options,
  });
}

const put = (name: string, more: Item = {}): void => table.put({ ...userKey(name), username: name, name, ...more });

/** An item whose entry a reader filled. */
async function cached(name: string): Promise<void> {
  names.push(name);
  put(name);
  await reader.get(user, { username: name });
}

const keyOf = (name: string) => entryKey(NAMESPACE, user, userKey(name));

/** Writes what the table says now, as an event does that was on its way. */
async function correct(name: string): Promise<void> {
  const item = await table.get(userKey(name));
  const payload = encodePayload(user.project(item ?? {}));
  const stamp = { nonce: newNonce(), at: clock.now(), floor: 'unknown', origin: { by: 'stream' } } as const;
  await store.setAlways(keyOf(name), encodeEntry({ kind: 'value', ...stamp, payload }), hours(1));
}

describe('verify', () => {
  it('tells entries that agree from items without one, and from tombstones', async () => {
    for (const name of ['a', 'b', 'c']) await cached(name);
    names.push('d');
    put('d');
    const tombstone = encodeEntry({ kind: 'tombstone', nonce: newNonce(), at: clock.now(), floor: 'unknown' });
    await store.setAlways(keyOf('a'), tombstone, hours(1));

    const { end, checkpoint } = await run();

    expect(end).toEqual({ kind: 'finished' });
    expect(total(checkpoint.tally)).toMatchObject({ agree: 2, missing: 2, stale: 0 });
  });

  it('counts what is not an entry as unknown, and items that no entity describes apart', async () => {
    await cached('a');
    await store.setAlways(keyOf('a'), Buffer.from('somebody else’s'), hours(1));
    const stranger = { PK: 'OTHER#1', SK: 'OTHER#1' };
    const { checkpoint } = await run({
      segments: 1,
      scanner: {
        page: async () => ({ items: [{ ...userKey('a'), username: 'a', name: 'a' }, stranger], cursor: undefined }),
      },
    });

    expect(checkpoint.tally).toMatchObject({ user: { unknown: 1 } });
    expect(checkpoint.unmapped).toBe(1);
  });

  it('takes a disagreement for stale only when a look later nothing has moved', async () => {
    await cached('a');
    put('a', { name: 'changed' });

    const { checkpoint } = await run();

    expect(total(checkpoint.tally)).toMatchObject({ agree: 0, settled: 0, stale: 1, repaired: 0 });
    expect(stale).toEqual([{ entity: 'user', primaryKey: userKey('a'), age: expect.any(Number) }]);
    expect(stale[0]?.age).toBeGreaterThanOrEqual(PATIENCE);
    expect(decodeEntry((await store.get(keyOf('a'))) ?? Buffer.alloc(0)).kind).toBe('value');
  });

  it('takes it for settled when the event arrives in between', async () => {
    await cached('a');
    put('a', { name: 'changed' });
    meanwhile = () => correct('a');

    const { checkpoint } = await run();

    expect(total(checkpoint.tally)).toMatchObject({ settled: 1, stale: 0 });
    expect(stale).toEqual([]);
  });

  it('gives an item up that changes between all looks', async () => {
    await cached('a');
    let changes = 0;
    meanwhile = () => {
      changes += 1;
      put('a', { name: `change ${changes}` });
    };
    put('a', { name: 'changed' });

    const { end, checkpoint } = await run();

    expect(end.kind).toBe('finished');
    expect(total(checkpoint.tally)).toMatchObject({ unknown: 1, stale: 0 });
  });

  it('replaces what is stale by a tombstone when it is to repair', async () => {
    await cached('a');
    put('a', { name: 'changed' });

    const { checkpoint } = await run({ repair: true });

    expect(total(checkpoint.tally)).toMatchObject({ stale: 1, repaired: 1 });
    expect(decodeEntry((await store.get(keyOf('a'))) ?? Buffer.alloc(0)).kind).toBe('tombstone');
  });

  it('looks at no more items than the limit', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await cached(name);

    const { end, checkpoint } = await run({ limit: 3 });

    expect(end).toEqual({ kind: 'finished' });
    expect(total(checkpoint.tally).agree).toBe(3);
  });

  it('reads whole segments of a table for a share of it, and none of the others', async () => {
    for (let i = 0; i < 100; i += 1) await cached(`user-${i}`);

    const { end, checkpoint } = await run({ share: 0.1, random: () => 0.5 });

    expect(end).toEqual({ kind: 'finished' });
    expect(checkpoint.segments).toHaveLength(20);
    expect(total(checkpoint.tally).agree).toBe(10);
  });

  it('reads no more than a small share, though fewer segments are then read side by side', async () => {
    const asked: number[] = [];
    const page: typeof scanner.page = (segment, cursor) => {
      asked.push(segment.index);
      return scanner.page(segment, cursor);
    };

    await run({ share: 0.0001, segments: 4, scanner: { page } });

    expect(asked).toHaveLength(1);
  });
});

describe('verify, taken up again', () => {
  it('looks at every item once, whenever it was interrupted, and remembers what it suspected', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await cached(name);
    put('a', { name: 'changed' });
    let checkpoint: VerifyResult['checkpoint'] | undefined;
    let runs = 0;

    for (let finished = false; !finished; runs += 1) {
      const interruption = new AbortController();
      let pages = 0;
      const result = await run({
        segments: 1,
        checkpoint,
        signal: interruption.signal,
        scanner: {
          page(segment, cursor) {
            pages += 1;
            if (pages === 2) interruption.abort();
            return scanner.page(segment, cursor);
          },
        },
      });
      finished = result.end.kind === 'finished';
      checkpoint = readVerifyCheckpoint(JSON.parse(JSON.stringify(result.checkpoint)));
    }

    expect(runs).toBeGreaterThan(2);
    expect(total(checkpoint?.tally ?? {})).toMatchObject({ agree: 5, stale: 1 });
    expect(stale).toHaveLength(1);
  });

  it('goes on from where the cache failed', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await cached(name);
    let calls = 0;
    const failing: VerifyOptions['store'] = {
      ...store,
      async getMany(keys, options) {
        calls += 1;
        if (calls === 3) throw new StoreUnavailable('memory.getMany', 'gone');
        return store.getMany(keys, options);
      },
    };

    const failed = await run({ store: failing, segments: 1 });
    const resumed = await run({ checkpoint: failed.checkpoint, segments: 1 });

    expect(failed.end).toEqual({ kind: 'failed', error: expect.any(StoreUnavailable) });
    expect(total(failed.checkpoint.tally).agree).toBe(2);
    expect(resumed.end).toEqual({ kind: 'finished' });
    expect(total(resumed.checkpoint.tally).agree).toBe(4);
  });

  it('refuses the checkpoint of another table or cache, and what is no checkpoint', async () => {
    await cached('a');
    const { checkpoint } = await run();

    await expect(run({ checkpoint, identity: ['another table', 'cache'] })).rejects.toThrow(CheckpointError);
    expect(() => readVerifyCheckpoint({ format: 1 })).toThrow(CheckpointError);
    const notOne = () => readVerifyCheckpoint({ ...checkpoint, segments: [{ after: 7, secret: 'key' }] });
    expect(notOne).toThrow('This is not a checkpoint of verify: segments.0 is not as expected.');
  });
});
