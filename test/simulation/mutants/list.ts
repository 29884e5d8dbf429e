import type { FaultName } from '../engine/faults.ts';
import type { Scope } from '../exhaustive/small-world.ts';
import type { Promised } from '../oracle/violation.ts';
import type { Patch } from './patch.ts';

/** A deliberately broken protocol. */
export interface Mutant {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** What the oracle must see it break; any of these will do. */
  readonly breaks: readonly Promised[];
  /** The weather in which it is soonest seen, where that is a rare one: these faults alone, so much more often. */
  readonly weather?: { readonly faults: readonly FaultName[]; readonly factor: number; readonly perWorld: number };
  /** The first world in which it is seen, for those who have no time to search. From 1 if left out. */
  readonly seenFrom?: number;
  /** A small scope in which it is certain to be seen; then that is explored instead. */
  readonly scope?: Scope;
}

/** A variant that breaks nothing, and why. */
export interface HarmlessVariant extends Pick<Mutant, 'name' | 'patches'> {
  readonly because: string;
}

const FILLER = 'shared/read/filler.ts';
const PAGES = 'shared/read/collection-reader.ts';
const DECIDE = 'shared/sync/decide.ts';
const APPLY = 'shared/sync/apply.ts';
const PLAN = 'shared/sync/plan.ts';
const BATCH = 'shared/sync/batch.ts';
const POSITION = 'shared/entry/position.ts';
const PROTOCOL = 'shared/protocol.ts';
const TIME = 'shared/time.ts';

const CONDITIONAL_FILL = `      bytes === undefined
        ? await store.setIfAbsent(key, value, ttl, options)
        : await store.setIfUnchanged(key, value, bytes, ttl, options);`;

const ALREADY_REFLECTED = `    return { state, reason: 'already reflected: the floor is this event or a later one' };`;

const DISTRUSTED = '  if (mutation.distrust) return';

const LAST_CHANGE = 'const last = mutation.changes.at(-1);';

/** Two changes happen while a reader waits for the table, and are handled when it has filled. */
const SLOW_READ: Scope = {
  name: 'one reader, three writes, a pause of 4 s',
  readers: 1,
  writes: [1, 2, 3],
  onChange: 'refresh',
  versioned: false,
  crashes: 0,
  duplicates: 0,
  pauses: [4],
};

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'plain set as fill',
    seenFrom: 3,
    breaks: ['G1', 'G2'],
    patches: [
      { file: FILLER, find: CONDITIONAL_FILL, replace: '(await store.setAlways(key, value, ttl, options), true);' },
    ],
  },
  {
    name: 'delete instead of tombstone',
    seenFrom: 3,
    breaks: ['G1'],
    patches: [
      {
        file: APPLY,
        find: 'async #write({ condition, bytes, ttl }: Write, { key }: Mutation, reading: Reading): Promise<boolean> {',
        replace: `async #write({ condition, bytes, ttl, outcome }: Write, { key }: Mutation, reading: Reading): Promise<boolean> {
          if (outcome === 'tombstoned') {
            await this.#call((options) => this.#store.delete(key, options));
            return true;
          }`,
      },
    ],
  },
  {
    name: 'key left empty when sync found it empty',
    seenFrom: 18,
    breaks: ['G1'],
    patches: [
      {
        file: DECIDE,
        find: `return tombstoned(change, fresh ? position : 'unknown', 'nothing was there');`,
        replace: `return { state, reason: 'nothing was there' };`,
      },
    ],
  },
  {
    name: 'tombstone without a nonce',
    seenFrom: 7,
    breaks: ['G1'],
    patches: [
      {
        file: DECIDE,
        find: `const bytes = encodeEntry({ kind: 'tombstone', ...stamp });`,
        replace: `const bytes = encodeEntry({ kind: 'tombstone', ...stamp, nonce: '0000000000000000' });`,
      },
    ],
  },
  {
    name: 'no deadline for fills',
    seenFrom: 7,
    breaks: ['G1', 'G2'],
    patches: [
      {
        file: FILLER,
        find: 'const left = WRITE_DEADLINE - elapsed();',
        replace: 'const left = Number.POSITIVE_INFINITY;',
      },
    ],
  },
  {
    name: 'no deadline for sync',
    seenFrom: 5_548,
    breaks: ['G1', 'G2'],
    weather: { faults: ['zombie', 'expiry'], factor: 20, perWorld: 350 },
    patches: [
      {
        file: APPLY,
        find: 'const left = WRITE_DEADLINE - reading.elapsed();',
        replace: 'const left = Number.POSITIVE_INFINITY;',
      },
    ],
  },
  {
    name: 'deadlines by the monotonic clock alone',
    seenFrom: 4,
    breaks: ['G1', 'G2'],
    patches: [
      {
        file: TIME,
        find: 'return () => Math.max(clock.now() - wall, clock.monotonic() - monotonic, 0);',
        replace: 'return () => Math.max(clock.monotonic() - monotonic, 0);',
      },
    ],
  },
  {
    name: 'eventually consistent read',
    seenFrom: 2,
    breaks: ['G1', 'G2'],
    patches: [
      {
        file: 'test/simulation/world/table.ts',
        find: 'const CONSISTENT: boolean = true;',
        replace: 'const CONSISTENT: boolean = false;',
      },
    ],
  },
  {
    name: 'floor compared as text',
    breaks: ['G1', 'G2'],
    patches: [
      {
        file: POSITION,
        find: '  if (left.length !== right.length) return left.length - right.length;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'stream label ignored',
    seenFrom: 3,
    breaks: ['G1', 'G2'],
    patches: [{ file: POSITION, find: '  if (a.label !== b.label) return a.label < b.label ? -1 : 1;\n', replace: '' }],
  },
  {
    name: 'floor lowered by a tombstone',
    seenFrom: 3,
    breaks: ['G1', 'G2'],
    patches: [
      { file: DECIDE, find: ALREADY_REFLECTED, replace: `    return tombstoned(change, position, 'an older event');` },
    ],
  },
  {
    name: 'known floor written over an unknown one',
    seenFrom: 2,
    breaks: ['G1', 'G2'],
    patches: [
      {
        file: DECIDE,
        find: `if (state.floor === 'unknown') return tombstoned(change, 'unknown', 'the floor is unknown');`,
        replace: `if (state.floor === 'unknown') return tombstoned(change, position, 'the floor is unknown');`,
      },
      {
        file: DECIDE,
        find: `const floorIfTombstoned = state.floor === 'unknown' ? 'unknown' : position;`,
        replace: 'const floorIfTombstoned = position;',
      },
    ],
  },
  {
    name: 'redrive that writes a known floor',
    seenFrom: 107,
    breaks: ['G1', 'G2'],
    weather: { faults: ['dead-letter', 'unavailable', 'throttling', 'redrive', 'expiry'], factor: 6, perWorld: 2_400 },
    patches: [
      {
        file: DECIDE,
        find: DISTRUSTED,
        replace: `${LAST_CHANGE}
          if (mutation.distrust) {
            const bytes = encodeEntry({ kind: 'tombstone', nonce: newNonce(), at: now, floor: last.position });
            return { ...tombstoneAlways('redriven', now), bytes };
          }
          ${DISTRUSTED}`,
      },
    ],
  },
  {
    name: 'redrive that writes the old image',
    seenFrom: 11,
    breaks: ['G1', 'G2'],
    patches: [
      {
        file: DECIDE,
        find: DISTRUSTED,
        replace: `${LAST_CHANGE}
          if (mutation.distrust && last.newImage !== undefined) {
            const stamp = { nonce: newNonce(), at: now, floor: last.position, origin: { by: 'stream' } };
            const payload = encodePayload(mutation.entity.project(last.newImage()));
            const bytes = encodeEntry({ kind: 'value', ...stamp, payload });
            return { ...tombstoneAlways('redriven', now), bytes, ttl: mutation.entity.ttl };
          }
          ${DISTRUSTED}`,
      },
    ],
  },
  {
    name: 'value written by an event that is not fresh',
    breaks: ['G1', 'G2'],
    patches: [
      { file: DECIDE, find: 'return age < FRESHNESS && age > -CLOCK_MARGIN - ROUNDING;', replace: 'return true;' },
    ],
  },
  {
    name: 'the unchanged-projection shortcut over first-old/last-new',
    seenFrom: 8,
    breaks: ['G1', 'G2'],
    patches: [
      {
        file: PLAN,
        find: `if (leavesProjection(match.entity, change)) record.fate = 'unchanged';
    else mutation.changes.push(change);`,
        replace: 'mutation.changes.push(change);',
      },
      {
        file: PLAN,
        find: 'if (mutation.changes.length === 0 && !mutation.distrust) continue;',
        replace: `const first = mutation.changes[0];
          const last = mutation.changes.at(-1);
          if (first && leavesProjection(mutation.entity, { ...last, type: 'MODIFY', oldImage: first.oldImage })) continue;`,
      },
    ],
  },
  {
    name: 'blind refresh without a condition',
    seenFrom: 3,
    breaks: ['G1', 'G2'],
    patches: [{ file: APPLY, find: `if (condition === 'always') {`, replace: 'if (true) {' }],
  },
  {
    name: 'an event skipped because a clock says so, without the wide margin',
    breaks: ['G1'],
    patches: [
      {
        file: DECIDE,
        find: 'if (change.createdAt + ROUNDING + CERTAINTY_MARGIN < fill.at)',
        replace: 'if (change.createdAt < fill.at)',
      },
    ],
  },
  {
    name: 'newer than a fill by the clock, without the margin',
    seenFrom: 3,
    breaks: ['G1', 'G2'],
    patches: [
      {
        file: DECIDE,
        find: 'if (fill.readUntil + CLOCK_MARGIN < change.createdAt)',
        replace: 'if (fill.readUntil - CLOCK_MARGIN < change.createdAt)',
      },
    ],
  },
  {
    name: 'known floor written over a fill that the event cannot be compared with',
    seenFrom: 5,
    breaks: ['G2'],
    patches: [
      {
        file: DECIDE,
        find: `return tombstoned(change, 'unknown', 'a reader filled at about the same time');`,
        replace: `return tombstoned(change, floorIfTombstoned, 'a reader filled at about the same time');`,
      },
    ],
  },
  {
    name: 'newer than a fill by the beginning of its read',
    breaks: ['G1', 'G2'],
    scope: SLOW_READ,
    patches: [
      {
        file: DECIDE,
        find: 'if (fill.readUntil + CLOCK_MARGIN < change.createdAt)',
        replace: 'if (fill.at + CLOCK_MARGIN < change.createdAt)',
      },
    ],
  },
  {
    name: 'tombstones that live for five seconds',
    seenFrom: 8,
    breaks: ['G1', 'G2'],
    patches: [{ file: PROTOCOL, find: 'TOMBSTONE_TTL = seconds(60)', replace: 'TOMBSTONE_TTL = seconds(5)' }],
  },
  {
    name: 'a conflict taken for done',
    breaks: ['G1'],
    scope: { ...SLOW_READ, name: 'one reader, two writes', writes: [1, 2], pauses: [] },
    patches: [
      {
        file: APPLY,
        find: 'if (await this.#write(decision, mutation, reading)) return this.#written(mutation, decision);',
        replace: 'await this.#write(decision, mutation, reading); return this.#written(mutation, decision);',
      },
    ],
  },
  {
    name: 'a failure that is logged and not reported',
    seenFrom: 2,
    breaks: ['G1', 'pages'],
    patches: [{ file: BATCH, find: 'if (toRetry.size === 0) return', replace: 'if (true) return' }],
  },
  {
    name: 'page stored with the generation read after the query',
    seenFrom: 77,
    breaks: ['pages'],
    patches: [
      {
        file: PAGES,
        find: '    const generations = found === undefined ? undefined : await this.#current(ask, found);\n',
        replace: '',
      },
      {
        file: PAGES,
        find: 'const loaded = await table.query(ask.query(), request);',
        replace: `const loaded = await table.query(ask.query(), request);
          const after = await this.#find(collection, [ask.keys.epoch, ask.keys.generation], false);
          const generations = after === undefined ? undefined : await this.#current(ask, after);`,
      },
    ],
  },
  {
    name: 'page of a lagging index stored at once',
    seenFrom: 2,
    breaks: ['pages'],
    patches: [
      { file: PAGES, find: `if (age < settlingTime(collection.settle)) return 'settling';`, replace: 'void age;' },
    ],
  },
  {
    name: 'page stored without waiting for writes that are under way',
    seenFrom: 54,
    breaks: ['pages'],
    patches: [
      {
        file: PROTOCOL,
        find: 'milliseconds(settle + CLOCK_MARGIN + GENERATION_DEADLINE + LATE_WRITE)',
        replace: 'milliseconds(settle + CLOCK_MARGIN)',
      },
    ],
  },
];

export const HARMLESS: readonly HarmlessVariant[] = [
  {
    name: 'floor not inherited by a fill',
    because:
      'an unknown floor promises less than the tombstone did: events that the fill reflects tombstone it once more, ' +
      'which costs misses and nothing else',
    patches: [
      {
        file: FILLER,
        find: `entry?.kind === 'tombstone' ? entry.floor : ('unknown' as const)`,
        replace: `('unknown' as const)`,
      },
    ],
  },
  {
    name: 'the unconditional tombstone after the first conflict',
    because: 'it is always right; a contended key costs its readers more misses',
    patches: [{ file: APPLY, find: 'const MAX_CONFLICTS = 3;', replace: 'const MAX_CONFLICTS = 1;' }],
  },
  {
    name: 'every event taken for old',
    because: 'an event that is not fresh may only tombstone: refresh becomes invalidate',
    patches: [
      { file: DECIDE, find: 'return age < FRESHNESS && age > -CLOCK_MARGIN - ROUNDING;', replace: 'return false;' },
    ],
  },
];
