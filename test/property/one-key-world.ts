import fc from 'fast-check';
import { decodeEntry, encodeEntry, type FillOrigin, newNonce, type StreamOrigin } from '../../shared/entry/entry.ts';
import type { Item } from '../../shared/entry/item.ts';
import { decodePayload, encodePayload } from '../../shared/entry/payload.ts';
import type { Floor } from '../../shared/entry/position.ts';
import { entryKey } from '../../shared/map/cache-key.ts';
import { defineCacheMap } from '../../shared/map/cache-map.ts';
import { entity } from '../../shared/map/entity.ts';
import { createReader } from '../../shared/read/reader.ts';
import type { TableReader } from '../../shared/read/table.ts';
import { createReadBudget } from '../../shared/scan/read-budget.ts';
import { StoreUnavailable } from '../../shared/store/errors.ts';
import { createExpiringMap } from '../../shared/store/expiring-map.ts';
import { createMemoryStore } from '../../shared/store/memory.ts';
import type { CacheStore, CallOptions } from '../../shared/store/port.ts';
import { createSync } from '../../shared/sync/batch.ts';
import { tombstoneAlways } from '../../shared/sync/decide.ts';
import { type Clock, type Duration, hours, milliseconds, minutes, seconds } from '../../shared/time.ts';
import { warm } from '../../shared/warm/warm.ts';
import { createTestClock } from '../support/clock.ts';
import { lambdaRecord, STREAM_LABEL } from '../support/lambda-records.ts';
import type { Steps } from './steps.ts';

/**
 * One item, everybody who has to do with it, and an observer that knows the truth. The readers, the stream
 * consumer and the warm runs are the real ones; every call that they make to the store or the table goes through the scheduler twice, on its way
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
  /** What an event or a reader of a while ago has left in the cache. */
  readonly cachedAtFirst: 'nothing' | 'state' | 'fill' | 'tombstone' | 'unknown tombstone';
  /** How long ago. */
  readonly cachedFor: Duration;
  readonly writes: readonly ('put' | 'touch' | 'remove')[];
  /** Reads of each reader. */
  readonly readers: readonly number[];
  /** Runs that warm the table. */
  readonly warms: number;
  readonly batchSize: number;
  /** For each delivery in turn, whether Lambda gives it up and starts a retry beside it. */
  readonly crashes: readonly boolean[];
  /** Deliveries of events that may have been handled long ago: where to begin (a share of them all), and how many. */
  readonly duplicates: readonly { readonly after: number; readonly from: number; readonly count: number }[];
  /** How much time passes, and after how many steps of waiting. */
  readonly advances: readonly { readonly after: number; readonly by: Duration }[];
  /** Whether a process may stop for a while between the answer to one call and the next call. */
  readonly stops: boolean;
  readonly repairs: number;
  /** For each store call in turn. */
  readonly fates: readonly Fate[];
  /** How far the clocks of the machines are off, ms. Any two stay within the margin of 2 s of each other. */
  readonly skews: readonly number[];
}

const EVERYTHING = [
  ...[milliseconds(700), seconds(2), seconds(5), seconds(9), seconds(12), seconds(18), seconds(25)],
  ...[seconds(31), seconds(61), minutes(6), hours(2)],
];

/**
 * Each profile leaves out most of what can happen, so that the order in which the rest happens is explored more densely:
 * a race needs a dozen steps in one order out of very many.
 */
export const scripts: fc.Arbitrary<Script> = fc.oneof(
  // Everything within one second.
  profile({ writes: 3, readers: 1, reads: 1 }),
  profile({ writes: 3, readers: 2, reads: 2 }),
  // Table reads that take a while.
  profile({ writes: 3, readers: 1, reads: 1, advances: [seconds(3), seconds(5)], most: 1 }),
  // Processes that stop for longer than the deadline and then go on.
  profile({ writes: 2, readers: 1, reads: 1, advances: [minutes(4)], most: 1 }),
  profile({ writes: 2, readers: 0, reads: 0, crashes: 1, stops: true, inserts: true, advances: [minutes(4)], most: 1 }),
  // Events that come again, long after.
  profile({ writes: 3, readers: 1, reads: 1, duplicates: 2, inserts: true, advances: [minutes(6)], most: 1 }),
  profile({ writes: 3, readers: 1, reads: 1, duplicates: 2, advances: [seconds(31), minutes(6)], most: 2 }),
  // A warm run, whose page is slow on its way or left lying.
  profile({ writes: 3, readers: 1, reads: 1, warms: 2 }),
  profile({ writes: 2, readers: 0, reads: 0, warms: 2, stops: true, advances: [seconds(5), minutes(4)], most: 2 }),
  // A cache that fails.
  profile({ writes: 3, readers: 2, reads: 2, crashes: 3, faults: 15, advances: [seconds(2)], most: 2 }),
  // All of it.
  profile({
    ...{ writes: 4, readers: 3, reads: 3, warms: 1, crashes: 3, duplicates: 2, faults: 20, stops: true, most: 8 },
    advances: EVERYTHING,
  }),
);

interface Profile {
  readonly writes: number;
  readonly readers: number;
  readonly reads: number;
  readonly warms?: number;
  readonly crashes?: number;
  readonly duplicates?: number;
  readonly faults?: number;
  readonly stops?: boolean;
  /** The item is new, and cached before anybody asks for it. */
  readonly inserts?: boolean;
  readonly advances?: readonly Duration[];
  /** Advances at most. */
  readonly most?: number;
}

function profile({ advances = [seconds(0)], most = 0, ...limits }: Profile): fc.Arbitrary<Script> {
  const after = fc.nat({ max: 3 });
  const from = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true }));
  const duplicate = fc.record({ after, from, count: fc.integer({ min: 1, max: 3 }) });
  const fate = fc.constantFrom<Fate>('answered', 'answered', 'answered', 'answer-lost', 'not-reached');
  return fc.record({
    entity: fc.record({
      onChange: fc.constantFrom('refresh', 'refresh', 'refresh', 'invalidate'),
      prefill: limits.inserts === true ? fc.constant(true) : fc.boolean(),
      versioned: fc.constantFrom(false, false, true),
      projects: fc.boolean(),
    }),
    existsAtFirst: limits.inserts === true ? fc.constant(false) : fc.boolean(),
    cachedAtFirst: fc.oneof(
      fc.constant('nothing' as const),
      fc.constantFrom('state', 'fill', 'tombstone', 'unknown tombstone'),
    ),
    cachedFor: fc.constantFrom(milliseconds(300), seconds(50)),
    writes: fc.array(fc.constantFrom('put', 'put', 'touch', 'remove'), { minLength: 1, maxLength: limits.writes }),
    readers: fc.array(fc.integer({ min: 1, max: Math.max(limits.reads, 1) }), {
      minLength: Math.min(limits.readers, 1),
      maxLength: limits.readers,
    }),
    warms: fc.integer({ min: Math.min(limits.warms ?? 0, 1), max: limits.warms ?? 0 }),
    batchSize: fc.integer({ min: 1, max: 3 }),
    crashes: fc.array(fc.boolean(), { minLength: Math.min(limits.crashes ?? 0, 1), maxLength: limits.crashes ?? 0 }),
    duplicates: fc.array(duplicate, { maxLength: limits.duplicates ?? 0 }),
    advances: fc.array(fc.record({ after, by: fc.constantFrom(...advances) }), {
      minLength: Math.min(most, 1),
      maxLength: most,
    }),
    stops: fc.constant(limits.stops === true),
    repairs: fc.constantFrom(0, 0, 0, 1),
    fates: fc.array(fate, { maxLength: limits.faults ?? 0 }),
    skews: fc.array(fc.constantFrom(-1_000, 0, 0, 1_000), { minLength: 3, maxLength: 3 }),
  });
}

/** A committed write. Writes that leave the projection as it is leave `state` as it is. */
interface Commit {
  readonly state: number;
  readonly item: Item | undefined;
  readonly record: unknown;
}

const KEY = { PK: 'ITEM#1' };

/** Sequence number of the first commit; what was before has smaller ones. */
const FIRST = 100;

/** Plays a script and returns every moment at which a guarantee did not hold; empty when all is well. */
export async function play(script: Script, steps: Steps): Promise<string[]> {
  const world = createWorld(script, steps);
  const actors = [
    world.writer(),
    world.stream(),
    world.time(),
    world.repairs(),
    ...script.duplicates.map((duplicate) => world.redelivery(duplicate)),
    ...script.readers.map((reads, i) => world.reader(i, reads)),
    ...Array.from({ length: script.warms }, (_, i) => world.warming(i)),
  ];
  let running = true;
  const ended = Promise.all(actors).finally(() => {
    running = false;
  });
  while (running) {
    if (steps.waiting() > 0) await steps.next();
    await settled();
  }
  await ended;
  // Invocations that were given up run on, and end, behind everybody's back.
  while (steps.waiting() > 0) {
    await steps.next();
    await settled();
  }
  await world.atRest();
  return world.violations;
}

/** Lets everything go on as far as it can without the scheduler. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function createWorld(script: Script, steps: Steps) {
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
        return entry.floor === 'unknown' ? undefined : stateAt(Number(entry.floor.sequence));
      case 'tombstone':
      case 'foreign':
        return undefined;
    }
  }

  /** The state after a commit, by its sequence number; 0 before the first. */
  function stateAt(sequence: number): number | undefined {
    return sequence < FIRST ? 0 : commits[sequence - FIRST]?.state;
  }

  function begin({ cachedAtFirst, cachedFor }: Script): void {
    if (cachedAtFirst === 'nothing') return;
    const at = clock.now() - cachedFor;
    const floor: Floor = /unknown|fill/.test(cachedAtFirst) ? 'unknown' : { label: STREAM_LABEL, sequence: '7' };
    const stamp = { nonce: newNonce(), at, floor };
    const origin: FillOrigin | StreamOrigin =
      cachedAtFirst === 'fill' ? { by: 'reader', readUntil: at, itemVersion: 0 } : { by: 'stream' };
    const bytes = encodeEntry(
      cachedAtFirst.endsWith('tombstone')
        ? { kind: 'tombstone', ...stamp }
        : current.item === undefined
          ? { kind: 'absent', ...stamp, origin }
          : { kind: 'value', ...stamp, origin, payload: encodePayload(item.project(current.item)) },
    );
    absences.set(Buffer.from(bytes).toString('latin1'), 0);
    entries.set(key, bytes, clock.now() + seconds(100));
    observe('the beginning');
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
      await steps.turn(who, `${name} is on its way`);
      const fate = fates.shift() ?? 'answered';
      if (fate === 'not-reached' || late()) throw lost();
      observe(`before ${name} of ${who}`);
      const result = run();
      observe(`${name} of ${who}`);
      await steps.turn(who, `the answer to ${name} is on its way`);
      if (fate === 'answer-lost' || late()) throw lost();
      if (script.stops) await steps.turn(who, 'stops for a while');
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
      sequence: FIRST + commits.length,
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
  /** Settles with the next commit, or when there will be none. */
  let nextCommit = Promise.withResolvers<void>();
  begin(script);

  return {
    violations,

    async writer() {
      for (const write of script.writes) {
        await steps.turn('writer', write);
        commit(write);
        observe('a commit');
        nextCommit.resolve();
        nextCommit = Promise.withResolvers();
      }
      writerIsDone = true;
      nextCommit.resolve();
    },

    async reader(i: number, reads: number) {
      let seen = current.state;
      const table: TableReader = {
        async get() {
          await steps.turn(`reader ${i}`, 'the table is asked');
          const read = current;
          seen = read.state;
          await steps.turn(`reader ${i}`, 'the table has answered');
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
        await steps.turn(`reader ${i}`, 'begins');
        await reader.get(item, { id: '1' });
      }
    },

    /** A whole run, unless the cache fails it. */
    async warming(i: number) {
      const who = `warm run ${i}`;
      let seen = current.state;
      const read = async (): Promise<Item | undefined> => {
        await steps.turn(who, 'the table is asked');
        const { state, item } = current;
        seen = state;
        await steps.turn(who, 'the table has answered');
        return item;
      };
      const remember = (bytes: Uint8Array) => void absences.set(Buffer.from(bytes).toString('latin1'), seen);
      const running = warm({
        map,
        namespace: 'test',
        store: storeOf(who, remember),
        table: { getMany: async () => [await read()] },
        scanner: {
          async page() {
            const found = await read();
            return { items: found === undefined ? [] : [found], cursor: undefined };
          },
        },
        source: { kind: 'table', segments: 1 },
        budget: createReadBudget({ unitsPerSecond: 1 }),
        clock: skewed(i),
        random: () => 0.5,
        wait: () => steps.turn(who, 'pauses'),
        identity: [],
        signal: new AbortController().signal,
        onProgress: () => {},
      });
      await running.catch((error: unknown) => {
        if (!(error instanceof StoreUnavailable)) throw error;
      });
    },

    /** The event source mapping: in order, again until it is told that all went well, one invocation after another. */
    async stream() {
      for (let delivery = 0; !writerIsDone || acknowledged < commits.length; delivery++) {
        if (acknowledged === commits.length) await nextCommit.promise;
        await steps.turn('stream', 'is polled');
        const batch = commits.slice(acknowledged, acknowledged + script.batchSize);
        if (batch.length === 0) continue;
        const invocation = syncFor(`delivery ${delivery}`, delivery)(eventOf(batch), plenty);
        const given =
          crashes.shift() === true
            ? steps.turn(`end of delivery ${delivery}`, 'is given up')
            : new Promise<void>(() => {});
        const result = await Promise.race([invocation, given]);
        if (result === undefined) continue;
        const failed = result.response.batchItemFailures[0]?.itemIdentifier;
        acknowledged = failed === undefined ? acknowledged + batch.length : Number(failed) - FIRST;
        observe(`the end of delivery ${delivery}`);
      }
    },

    async redelivery({ after, from, count }: Script['duplicates'][number]) {
      for (let i = 0; i < after; i++) await steps.turn('duplicate', 'is on its way');
      await steps.turn('duplicate', 'is delivered');
      const start = Math.floor(from * commits.length);
      await syncFor('a duplicate', 2)(eventOf(commits.slice(start, start + count)), plenty);
    },

    async repairs() {
      for (let repair = 0; repair < script.repairs; repair++) {
        await steps.turn('repair', 'is made');
        const { bytes, ttl } = tombstoneAlways('repair', clock.now());
        await memory.setAlways(key, bytes, ttl);
      }
    },

    async time() {
      for (const { after, by } of script.advances) {
        for (let i = 0; i < after; i++) await steps.turn('time', 'stands still');
        await steps.turn('time', `${by} ms pass`);
        clock.advance(by);
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
