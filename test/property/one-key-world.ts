import fc from 'fast-check';
import { decodeEntry } from '../../shared/entry/entry.ts';
import type { Item } from '../../shared/entry/item.ts';
import { decodePayload } from '../../shared/entry/payload.ts';
import { entryKey } from '../../shared/map/cache-key.ts';
import { defineCacheMap } from '../../shared/map/cache-map.ts';
import { entity } from '../../shared/map/entity.ts';
import { createReader } from '../../shared/read/reader.ts';
import type { TableReader } from '../../shared/read/table.ts';
import { StoreUnavailable } from '../../shared/store/errors.ts';
import { createExpiringMap } from '../../shared/store/expiring-map.ts';
import { createMemoryStore } from '../../shared/store/memory.ts';
import type { CacheStore, CallOptions } from '../../shared/store/port.ts';
import { createSync } from '../../shared/sync/batch.ts';
import { tombstoneAlways } from '../../shared/sync/decide.ts';
import { type Clock, type Duration, hours, milliseconds, minutes, seconds } from '../../shared/time.ts';
import { createTestClock } from '../support/clock.ts';
import { lambdaRecord } from '../support/lambda-records.ts';

/**
 * One item, everybody who has to do with it, and an observer that knows the truth. The readers and the stream consumer
 * are the real ones; every call that they make to the store or the table goes through the scheduler twice, on its way
 * there and on its way back, so that anything can happen in between.
 */

/** What happens to one store call. */
type Fate = 'answered' | 'answer-lost' | 'not-reached';

/** What the actors do; in which order is the scheduler's to say. */
export interface Script {
  readonly entity: {
    readonly onChange: 'refresh' | 'invalidate';
    readonly prefill: boolean;
    readonly versioned: boolean;
    readonly projects: boolean;
  };
  readonly existsAtFirst: boolean;
  readonly writes: readonly ('put' | 'touch' | 'remove')[];
  /** Reads of each reader. */
  readonly readers: readonly number[];
  readonly batchSize: number;
  /** For each delivery in turn, whether Lambda gives it up and starts a retry beside it. */
  readonly crashes: readonly boolean[];
  /** Deliveries of events that may have been handled long ago: where to begin (a share of them all), and how many. */
  readonly duplicates: readonly { readonly from: number; readonly count: number }[];
  readonly advances: readonly Duration[];
  readonly repairs: number;
  /** For each store call in turn. */
  readonly fates: readonly Fate[];
  /** How far the clocks of the machines are off, ms. Any two stay within the margin of 2 s of each other. */
  readonly skews: readonly number[];
}

export const scripts: fc.Arbitrary<Script> = fc.record({
  entity: fc.record({
    onChange: fc.constantFrom('refresh', 'refresh', 'refresh', 'invalidate'),
    prefill: fc.boolean(),
    versioned: fc.boolean(),
    projects: fc.boolean(),
  }),
  existsAtFirst: fc.boolean(),
  writes: fc.array(fc.constantFrom('put', 'put', 'touch', 'remove'), { minLength: 1, maxLength: 4 }),
  readers: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 3 }),
  batchSize: fc.integer({ min: 1, max: 3 }),
  crashes: fc.array(fc.boolean(), { maxLength: 3 }),
  duplicates: fc.array(fc.record({ from: fc.double({ min: 0, max: 1, noNaN: true }), count: fc.nat({ max: 3 }) }), {
    maxLength: 2,
  }),
  advances: fc.array(
    fc.constantFrom(
      ...[milliseconds(700), seconds(2), seconds(2), seconds(5), seconds(9), seconds(12), seconds(18), seconds(18)],
      ...[seconds(25), seconds(31), seconds(61), seconds(61), minutes(6), hours(2)],
    ),
    { maxLength: 8 },
  ),
  repairs: fc.constantFrom(0, 0, 0, 1),
  fates: fc.array(fc.constantFrom<Fate>('answered', 'answered', 'answered', 'answer-lost', 'not-reached'), {
    maxLength: 20,
  }),
  skews: fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 3, maxLength: 3 }),
});

/** A committed write. Writes that leave the projection as it is leave `state` as it is. */
interface Commit {
  readonly state: number;
  readonly item: Item | undefined;
  readonly record: unknown;
}

const KEY = { PK: 'ITEM#1' };

/** Plays a script and returns every moment at which a guarantee did not hold; empty when all is well. */
export async function play(script: Script, scheduler: fc.Scheduler): Promise<string[]> {
  const world = createWorld(script, scheduler);
  const actors = [
    world.writer(),
    world.stream(),
    world.time(),
    world.repairs(),
    ...script.duplicates.map((duplicate) => world.redelivery(duplicate)),
    ...script.readers.map((reads, i) => world.reader(i, reads)),
  ];
  let running = true;
  const ended = Promise.all(actors).finally(() => {
    running = false;
  });
  while (running) {
    if (scheduler.count() > 0) await scheduler.waitNext(1);
    await settled();
  }
  await ended;
  // Invocations that were given up run on, and end, behind everybody's back.
  while (scheduler.count() > 0) {
    await scheduler.waitNext(1);
    await settled();
  }
  await world.atRest();
  return world.violations;
}

/** Lets everything go on as far as it can without the scheduler. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function createWorld(script: Script, scheduler: fc.Scheduler) {
  const clock = createTestClock(Date.UTC(2026, 10, 20, 12, 0, 0, 300));
  const entries = createExpiringMap<Uint8Array>(() => clock.now());
  const memory = createMemoryStore({ clock, entries });
  const item = entity('item', {
    key: { PK: 'ITEM#{id}' },
    onChange: script.entity.onChange,
    prefill: script.entity.prefill,
    ttl: minutes(3),
    absentTtl: seconds(61),
    ...(script.entity.versioned && { versionBy: 'revision' }),
    ...(script.entity.projects && { project: (image: Item) => ({ state: image.state ?? null }) }),
  });
  const map = defineCacheMap({ entities: [item] });
  const key = entryKey('test', item, KEY);

  const violations: string[] = [];
  const commits: Commit[] = [];
  const fates = [...script.fates];
  const crashes = [...script.crashes];
  /** Commits before this one have been handled, as far as Lambda knows. */
  let acknowledged = 0;
  let current: Pick<Commit, 'state' | 'item'> = {
    state: 0,
    item: script.existsAtFirst ? { ...KEY, revision: 0, state: 0 } : undefined,
  };
  /** The newest state that the entry has shown since it is there; -1 while nothing is. */
  let newestShown = -1;
  /** What a reader's absences stand for: the bytes do not say. */
  const absences = new Map<string, number>();

  const step = (label: string): Promise<void> => scheduler.schedule(Promise.resolve(), label);
  const skewed = (i: number): Clock => ({
    now: () => clock.now() + (script.skews[i % script.skews.length] ?? 0),
    monotonic: clock.monotonic,
  });

  /** The state that the entry shows to readers; `undefined` where the table is asked. */
  function shown(): number | undefined {
    const bytes = entries.get(key)?.value;
    const entry = bytes === undefined ? undefined : decodeEntry(bytes);
    if (entry === undefined || bytes === undefined) return undefined;
    switch (entry.kind) {
      case 'value':
        return stateIn(decodePayload(entry.payload));
      case 'absent':
        if (entry.origin.by === 'reader') return absences.get(Buffer.from(bytes).toString('latin1'));
        return entry.floor === 'unknown' ? undefined : commits[Number(entry.floor.sequence)]?.state;
      case 'tombstone':
      case 'foreign':
        return undefined;
    }
  }

  function observe(moment: string): void {
    if (entries.get(key) === undefined) newestShown = -1;
    const state = shown();
    if (state === undefined) return;
    // G2
    if (state < newestShown) violations.push(`${moment}: the entry went from state ${newestShown} back to ${state}`);
    newestShown = Math.max(newestShown, state);
    // G1
    const isPending = commits.slice(acknowledged).some((commit) => commit.state > state);
    if (state < current.state && !isPending) {
      violations.push(`${moment}: the entry shows state ${state} of ${current.state}, and nothing will correct it`);
    }
  }

  /** A store as one machine reaches it. */
  function storeOf(who: string, onWrite: (bytes: Uint8Array) => void = () => {}): CacheStore {
    async function call<Result>(name: string, options: CallOptions | undefined, run: () => Promise<Result>) {
      const { timeout = seconds(5) } = options ?? {};
      const from = clock.monotonic();
      const late = () => clock.monotonic() - from > timeout;
      const lost = () => new StoreUnavailable(`test.${name}`, 'no answer');
      await step(`${who}: ${name} is on its way`);
      const fate = fates.shift() ?? 'answered';
      if (fate === 'not-reached' || late()) throw lost();
      observe(`before ${name} of ${who}`);
      const result = run();
      observe(`${name} of ${who}`);
      await step(`${who}: the answer to ${name} is on its way`);
      if (fate === 'answer-lost' || late()) throw lost();
      return result;
    }
    return {
      name: 'scheduled',
      get: (k, o) => call('get', o, () => memory.get(k)),
      getMany: (k, o) => call('getMany', o, () => memory.getMany(k)),
      setIfAbsent: (k, v, ttl, o) => {
        onWrite(v);
        return call('setIfAbsent', o, () => memory.setIfAbsent(k, v, ttl));
      },
      setIfUnchanged: (k, v, expected, ttl, o) => {
        onWrite(v);
        return call('setIfUnchanged', o, () => memory.setIfUnchanged(k, v, expected, ttl));
      },
      setAlways: (k, v, ttl, o) => {
        onWrite(v);
        return call('setAlways', o, () => memory.setAlways(k, v, ttl));
      },
      set: (k, v, ttl, o) => call('set', o, () => memory.set(k, v, ttl)),
      setMany: (w, o) => call('setMany', o, () => memory.setMany(w)),
      close: () => memory.close(),
    };
  }

  function commit(write: Script['writes'][number]): void {
    const before = current.item;
    if (before === undefined ? write === 'remove' : false) return;
    const revision = commits.length + 1;
    const state = write === 'touch' && before !== undefined ? current.state : current.state + 1;
    const after = write === 'remove' ? undefined : { ...KEY, revision, state };
    const type = before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY';
    const createdAt = clock.now();
    const record = lambdaRecord({
      type,
      key: KEY,
      newImage: after,
      oldImage: before,
      sequence: commits.length,
      createdAt,
    });
    current = { state, item: after };
    commits.push({ state, item: after, record });
  }

  const syncFor = (who: string, skew: number) =>
    createSync({
      map,
      namespace: 'test',
      store: storeOf(who),
      clock: skewed(skew),
      quarantine: () => Promise.reject(new Error('nothing is to be quarantined here')),
    });
  const plenty = (): number => 600_000;
  const eventOf = (delivered: readonly Commit[]) => ({ Records: delivered.map(({ record }) => record) });

  let writerIsDone = false;

  return {
    violations,

    async writer() {
      for (const write of script.writes) {
        await step(`writer: ${write}`);
        commit(write);
        observe('a commit');
      }
      writerIsDone = true;
    },

    async reader(i: number, reads: number) {
      let seen = current.state;
      const table: TableReader = {
        async get() {
          await step(`reader ${i}: the table is asked`);
          const read = current;
          seen = read.state;
          await step(`reader ${i}: the table has answered`);
          return read.item;
        },
        getMany: () => Promise.reject(new Error('not used')),
        query: () => Promise.reject(new Error('not used')),
      };
      const remember = (bytes: Uint8Array) => void absences.set(Buffer.from(bytes).toString('latin1'), seen);
      const reader = createReader({
        store: storeOf(`reader ${i}`, remember),
        table,
        namespace: 'test',
        clock: skewed(i),
        // Long enough that it is the protocol which decides, not a timeout.
        settings: { cacheTimeout: seconds(15), fillTimeout: seconds(15) },
      });
      for (let read = 0; read < reads; read++) {
        await step(`reader ${i} begins`);
        await reader.get(item, { id: '1' });
      }
    },

    /** The event source mapping: in order, again until it is told that all went well, one invocation after another. */
    async stream() {
      for (let delivery = 0; !writerIsDone || acknowledged < commits.length; delivery++) {
        await step('the stream is polled');
        const batch = commits.slice(acknowledged, acknowledged + script.batchSize);
        if (batch.length === 0) continue;
        const invocation = syncFor(`delivery ${delivery}`, delivery)(eventOf(batch), plenty);
        const given = crashes.shift() === true ? step(`delivery ${delivery} is given up`) : new Promise<void>(() => {});
        const result = await Promise.race([invocation, given]);
        if (result === undefined) continue;
        const failed = result.response.batchItemFailures[0]?.itemIdentifier;
        acknowledged = failed === undefined ? acknowledged + batch.length : Number(failed);
        observe(`the end of delivery ${delivery}`);
      }
    },

    async redelivery({ from, count }: Script['duplicates'][number]) {
      await step('a duplicate is delivered');
      const start = Math.floor(from * commits.length);
      await syncFor('a duplicate', 2)(eventOf(commits.slice(start, start + count)), plenty);
    },

    async repairs() {
      for (let repair = 0; repair < script.repairs; repair++) {
        await step('a repair');
        const { bytes, ttl } = tombstoneAlways('repair', clock.now());
        await memory.setAlways(key, bytes, ttl);
      }
    },

    async time() {
      for (const advance of script.advances) {
        await step(`${advance} ms pass`);
        clock.advance(advance);
        observe('time');
      }
    },

    async atRest() {
      const state = shown();
      if (state !== undefined && state !== current.state) violations.push(`at rest the entry shows ${state}`);
      const table: TableReader = {
        get: () => Promise.resolve(current.item),
        getMany: () => Promise.reject(new Error('not used')),
        query: () => Promise.reject(new Error('not used')),
      };
      const reader = createReader({ store: memory, table, namespace: 'test', clock });
      for (const attempt of ['first', 'second']) {
        const { value } = await reader.get(item, { id: '1' });
        const isRight = current.item === undefined ? value === undefined : stateIn(value) === current.state;
        if (!isRight) violations.push(`at rest the ${attempt} read does not answer what the table holds`);
      }
    },
  };
}

function stateIn(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('state' in value)) return undefined;
  return typeof value.state === 'number' ? value.state : undefined;
}
