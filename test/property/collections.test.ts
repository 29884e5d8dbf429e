import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newNonce } from '../../shared/entry/entry.ts';
import { encodeGeneration } from '../../shared/entry/generation.ts';
import type { Item } from '../../shared/entry/item.ts';
import { epochKey, generationKey } from '../../shared/map/cache-key.ts';
import { defineCacheMap } from '../../shared/map/cache-map.ts';
import { collection } from '../../shared/map/collection.ts';
import { entity } from '../../shared/map/entity.ts';
import { textOf } from '../../shared/map/item-attributes.ts';
import { createReader } from '../../shared/read/reader.ts';
import type { TableReader } from '../../shared/read/table.ts';
import { StoreUnavailable } from '../../shared/store/errors.ts';
import { createMemoryStore } from '../../shared/store/memory.ts';
import type { CacheStore, CallOptions } from '../../shared/store/port.ts';
import { createSync } from '../../shared/sync/batch.ts';
import { type Clock, type Duration, hours, milliseconds, minutes, seconds } from '../../shared/time.ts';
import { createTestClock } from '../support/clock.ts';
import { lambdaRecord } from '../support/lambda-records.ts';

const RUNS = Number(process.env.INTERLEAVINGS ?? 3_000);
const OWNERS = ['ann', 'bea'] as const;
const SETTLE = seconds(2);

/**
 * Tasks in two shards, each with a stream consumer of its own, in a collection that is queried over an index which
 * lags. The real readers and stream consumers; each of their calls goes through the scheduler on its way there and on
 * its way back.
 */
interface Script {
  readonly lags: boolean;
  readonly views: 'both' | 'new' | 'keys';
  /** Which of four tasks is given to whom (or removed), in turn. */
  readonly writes: readonly { readonly task: number; readonly owner: (typeof OWNERS)[number] | undefined }[];
  readonly readers: readonly (readonly (typeof OWNERS)[number][])[];
  readonly batchSize: number;
  readonly advances: readonly Duration[];
  /** How long after each write the index shows it, ms; at most what `settle` says. */
  readonly lag: readonly number[];
  readonly fates: readonly ('answered' | 'answer-lost' | 'not-reached')[];
  readonly skews: readonly number[];
}

const scripts: fc.Arbitrary<Script> = fc.record({
  lags: fc.boolean(),
  views: fc.constantFrom('both', 'both', 'new', 'keys'),
  writes: fc.array(fc.record({ task: fc.nat({ max: 3 }), owner: fc.constantFrom(...OWNERS, 'ann', undefined) }), {
    minLength: 1,
    maxLength: 5,
  }),
  readers: fc.array(fc.array(fc.constantFrom(...OWNERS, 'ann'), { minLength: 1, maxLength: 4 }), {
    minLength: 2,
    maxLength: 3,
  }),
  batchSize: fc.integer({ min: 1, max: 3 }),
  advances: fc.array(
    fc.constantFrom(
      ...[milliseconds(200), milliseconds(900), milliseconds(1_400), milliseconds(1_700), milliseconds(1_900)],
      ...[milliseconds(1_900), seconds(3), seconds(4), seconds(6), seconds(7), seconds(19), hours(25)],
    ),
    { maxLength: 8 },
  ),
  lag: fc.array(fc.constantFrom(0, 1_000, 1_800, SETTLE - 1, SETTLE - 1), { minLength: 5, maxLength: 5 }),
  fates: fc.array(fc.constantFrom('answered', 'answered', 'answered', 'answer-lost', 'not-reached'), { maxLength: 15 }),
  skews: fc.array(fc.constantFrom(-1_000, -1_000, 0, 300, 1_000, 1_000), { minLength: 5, maxLength: 5 }),
});

it('never answers from a page that misses a change whose event was applied', { timeout: RUNS * 20 }, async () => {
  await fc.assert(
    fc.asyncProperty(scripts, fc.scheduler(), async (script, scheduler) => {
      expect(await play(script, scheduler)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

interface Commit {
  readonly at: number;
  readonly visibleAt: number;
  readonly shard: number;
  /** Owners whose lists it changes. */
  readonly owners: readonly string[];
  readonly task: number;
  readonly item: Item | undefined;
  readonly record: unknown;
  acknowledged: boolean;
}

async function play(script: Script, scheduler: fc.Scheduler): Promise<string[]> {
  const world = createWorld(script, scheduler);
  await world.begin();
  const actors = [
    world.writer(),
    world.time(),
    world.stream(0),
    world.stream(1),
    ...script.readers.map((owners, i) => world.reader(i, owners)),
  ];
  let running = true;
  const ended = Promise.all(actors).finally(() => {
    running = false;
  });
  while (running) {
    if (scheduler.count() > 0) await scheduler.waitNext(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  world.observe('the end');
  return world.violations;
}

function createWorld(script: Script, scheduler: fc.Scheduler) {
  const clock = createTestClock();
  const memory = createMemoryStore({ clock });
  const task = entity('task', { key: { PK: 'TASK#{id}' }, onChange: 'invalidate', ttl: hours(1) });
  const tasks = collection('tasks', {
    of: task,
    by: (image) => [{ owner: textOf(image, 'owner') }],
    query: ({ owner }) => ({ KeyConditionExpression: 'o = :o', ExpressionAttributeValues: { ':o': owner } }),
    settle: script.lags ? SETTLE : seconds(0),
    onChange: 'invalidate',
    ttl: hours(1),
    project: ({ PK, revision }) => ({ PK: PK ?? null, revision: revision ?? null }),
  });
  const map = defineCacheMap({ entities: [task], collections: [tasks] });
  const violations: string[] = [];
  const commits: Commit[] = [];
  const fates = [...script.fates];
  let writerIsDone = false;
  /** Reads from the cache and changes nothing. */
  const onlooker = createReader({
    store: { ...memory, set: () => Promise.reject(new Error()), setMany: () => Promise.reject(new Error()) },
    table: {
      get: () => Promise.reject(new Error('not used')),
      getMany: () => Promise.reject(new Error('not used')),
      query: () => Promise.resolve({ items: [], cursor: undefined }),
    },
    namespace: 'test',
    clock,
  });

  const step = (label: string): Promise<void> => scheduler.schedule(Promise.resolve(), label);
  const skewed = (i: number): Clock => ({
    now: () => clock.now() + (script.skews[i] ?? 0),
    monotonic: clock.monotonic,
  });

  /** What a query shows: commits that the index has by now, in the order of the writes. */
  function listOf(owner: string, isVisible: (commit: Commit) => boolean): Item[] {
    const latest = new Map<number, Item | undefined>();
    for (const commit of commits) if (isVisible(commit)) latest.set(commit.task, commit.item);
    return [...latest.values()].flatMap((item) => (item?.owner === owner ? [item] : []));
  }

  /** What a reader would be shown now, by the reader's own judgement of what is valid. */
  async function pageOf(owner: string): Promise<unknown[] | undefined> {
    const { outcome, items } = await onlooker.query(tasks, { owner });
    return outcome === 'hit' ? [...items] : undefined;
  }

  async function observe(moment: string): Promise<void> {
    for (const owner of OWNERS) {
      const shown = await pageOf(owner);
      if (shown === undefined) continue;
      // Whatever is still to be corrected by a pending event may be missing; everything else must be there.
      const pending = commits.filter(({ acknowledged, owners }) => !acknowledged && owners.includes(owner));
      if (pending.length > 0) continue;
      const held = shown.map((item) => JSON.stringify(item)).sort();
      const table = listOf(owner, () => true).map(({ PK, revision }) => JSON.stringify({ PK, revision }));
      if (held.join() !== table.sort().join()) violations.push(`${moment}: the page of ${owner} misses a change`);
    }
  }

  function storeOf(who: string): CacheStore {
    async function call<Result>(name: string, options: CallOptions | undefined, run: () => Promise<Result>) {
      const { timeout = seconds(5) } = options ?? {};
      const from = clock.monotonic();
      const late = () => clock.monotonic() - from > timeout;
      await step(`${who}: ${name} is on its way`);
      const fate = fates.shift() ?? 'answered';
      if (fate === 'not-reached' || late()) throw new StoreUnavailable(`test.${name}`, 'no answer');
      const result = await run();
      await observe(`${name} of ${who}`);
      await step(`${who}: the answer to ${name} is on its way`);
      if (fate === 'answer-lost' || late()) throw new StoreUnavailable(`test.${name}`, 'no answer');
      return result;
    }
    return {
      name: 'scheduled',
      get: (k, o) => call('get', o, () => memory.get(k)),
      getMany: (k, o) => call('getMany', o, () => memory.getMany(k)),
      setIfAbsent: (k, v, ttl, o) => call('setIfAbsent', o, () => memory.setIfAbsent(k, v, ttl)),
      setIfUnchanged: (k, v, e, ttl, o) => call('setIfUnchanged', o, () => memory.setIfUnchanged(k, v, e, ttl)),
      setAlways: (k, v, ttl, o) => call('setAlways', o, () => memory.setAlways(k, v, ttl)),
      set: (k, v, ttl, o) => call('set', o, () => memory.set(k, v, ttl)),
      setMany: (w, o) => call('setMany', o, () => memory.setMany(w)),
      close: () => memory.close(),
    };
  }

  function commit({ task: id, owner }: Script['writes'][number]): void {
    const before = commits.findLast((earlier) => earlier.task === id)?.item;
    if (before === undefined && owner === undefined) return;
    const key = { PK: `TASK#${id}` };
    const sequence = commits.length + 1;
    const item = owner === undefined ? undefined : { ...key, owner, revision: sequence };
    const type = before === undefined ? 'INSERT' : item === undefined ? 'REMOVE' : 'MODIFY';
    const record = lambdaRecord({
      type,
      key,
      newImage: script.views === 'keys' ? undefined : item,
      oldImage: script.views === 'both' ? before : undefined,
      sequence,
      createdAt: clock.now(),
    });
    const lag = script.lags ? (script.lag[commits.length % script.lag.length] ?? 0) : 0;
    commits.push({
      at: clock.now(),
      visibleAt: clock.now() + lag,
      shard: id % 2,
      owners: [before?.owner, owner].map(String),
      task: id,
      item,
      record,
      acknowledged: false,
    });
  }

  return {
    violations,
    observe,

    /** Generations of long ago, so that pages may be stored from the beginning. */
    async begin() {
      const value = encodeGeneration({ nonce: newNonce(), at: clock.now() - minutes(10) });
      const keys = [epochKey('test', tasks), ...OWNERS.map((owner) => generationKey('test', tasks, { owner }))];
      for (const key of keys) await memory.set(key, value, hours(24));
    },

    async writer() {
      for (const write of script.writes) {
        await step('writer');
        commit(write);
        await observe('a commit');
      }
      writerIsDone = true;
    },

    async stream(shard: number) {
      const pendingOf = () => commits.filter((candidate) => candidate.shard === shard && !candidate.acknowledged);
      const sync = createSync({
        map,
        namespace: 'test',
        store: storeOf(`shard ${shard}`),
        clock: skewed(shard),
        quarantine: () => Promise.reject(new Error('nothing is to be quarantined here')),
      });
      while (!writerIsDone || pendingOf().length > 0) {
        await step(`shard ${shard} is polled`);
        const batch = pendingOf().slice(0, script.batchSize);
        if (batch.length === 0) continue;
        const { response } = await sync({ Records: batch.map(({ record }) => record) }, () => 600_000);
        const failed = Number(response.batchItemFailures[0]?.itemIdentifier ?? Number.POSITIVE_INFINITY);
        for (const applied of batch) if (commits.indexOf(applied) + 1 < failed) applied.acknowledged = true;
        await observe(`the end of a batch of shard ${shard}`);
      }
    },

    async reader(i: number, owners: readonly string[]) {
      const table: TableReader = {
        get: () => Promise.reject(new Error('not used')),
        getMany: () => Promise.reject(new Error('not used')),
        async query({ ExpressionAttributeValues: values }) {
          await step(`reader ${i}: the table is asked`);
          const items = listOf(String(values?.[':o']), ({ visibleAt }) => visibleAt <= clock.now());
          await step(`reader ${i}: the table has answered`);
          return { items, cursor: undefined };
        },
      };
      const settings = { cacheTimeout: seconds(10), fillTimeout: seconds(10) };
      const reader = createReader({
        store: storeOf(`reader ${i}`),
        table,
        namespace: 'test',
        clock: skewed(i),
        settings,
      });
      for (const owner of owners) {
        await step(`reader ${i} begins`);
        await reader.query(tasks, { owner });
      }
    },

    async time() {
      for (const advance of script.advances) {
        await step(`${advance} ms pass`);
        clock.advance(advance);
        await observe('time');
      }
    },
  };
}
