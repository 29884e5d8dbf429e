import { describe, expect, it } from 'vitest';
import { decodeEntry, type Entry, newNonce } from '../../../shared/entry/entry.ts';
import type { Item } from '../../../shared/entry/item.ts';
import { decodePayload, encodePayload } from '../../../shared/entry/payload.ts';
import type { Floor } from '../../../shared/entry/position.ts';
import { entryKey } from '../../../shared/map/cache-key.ts';
import { type AnyEntity, type EntityOptions, entity } from '../../../shared/map/entity.ts';
import { TOMBSTONE_TTL } from '../../../shared/protocol.ts';
import { type Circumstances, type Decision, decide, tombstoneAlways, type Write } from '../../../shared/sync/decide.ts';
import type { Mutation } from '../../../shared/sync/plan.ts';
import type { Change } from '../../../shared/sync/record.ts';
import { minutes, seconds } from '../../../shared/time.ts';
import { STREAM_LABEL } from '../../support/lambda-records.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const FRESH = NOW - seconds(1);
const STALE = NOW - seconds(30);
const KEY = { PK: 'ITEM#1' };
const ITEM_TTL = minutes(30);
const ABSENT_TTL = minutes(2);

describe('where nothing is', () => {
  it('writes the value of a fresh insert that the entity prefills', () => {
    const decision = decided(undefined, [insert(1)], { entity: refreshing({ prefill: true }) });

    expect(decision).toMatchObject({ condition: 'absent', outcome: 'prefilled', ttl: ITEM_TTL });
    expect(entryOf(decision)).toMatchObject({ kind: 'value', floor: at(1), origin: { by: 'stream' }, at: FRESH });
    expect(projectionOf(decision)).toEqual({ ...KEY, revision: 1 });
  });

  it('leaves a tombstone for an insert that nobody prefills, so that an old fill cannot land', () => {
    const decision = decided(undefined, [insert(1)]);

    expect(decision).toMatchObject({ condition: 'absent', outcome: 'tombstoned', ttl: TOMBSTONE_TTL });
    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: at(1) });
  });

  it.each([
    ['a fresh modification', modify(2)],
    ['a fresh removal', remove(2)],
  ])('leaves a tombstone with a known floor for %s, prefill or not', (_, change) => {
    const decision = decided(undefined, [change], { entity: refreshing({ prefill: true }) });

    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: at(2) });
  });

  it.each([
    ['insert', insert(1, STALE)],
    ['modification', modify(1, STALE)],
    ['removal', remove(1, STALE)],
  ])('leaves a tombstone with an unknown floor for a stale %s', (_, change) => {
    const decision = decided(undefined, [change], { entity: refreshing({ prefill: true }) });

    expect(decision).toMatchObject({ condition: 'absent', outcome: 'tombstoned' });
    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: 'unknown' });
  });

  it('does not prefill what the entity invalidates', () => {
    const decision = decided(undefined, [insert(1)], {
      entity: refreshing({ prefill: true, onChange: 'invalidate' }),
    });

    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: at(1) });
  });
});

describe('freshness', () => {
  it.each([
    { age: 29_999, kind: 'value' },
    { age: 30_000, kind: 'tombstone' },
  ])('is lost at half the tombstone TTL: $age ms', ({ age, kind }) => {
    const decision = decided(streamValue(1), [modify(2, NOW - age)]);

    expect(entryOf(decision).kind).toBe(kind);
  });

  it.each([
    { ahead: 2_999, kind: 'value' },
    { ahead: 3_000, kind: 'tombstone' },
  ])('is denied to events from further in the future than clocks may be apart: $ahead ms', ({ ahead, kind }) => {
    const decision = decided(streamValue(1), [modify(2, NOW + ahead)]);

    expect(entryOf(decision).kind).toBe(kind);
  });

  it('does not let an event of the future put a known floor on an empty key', () => {
    expect(entryOf(decided(undefined, [modify(2, NOW + minutes(1))]))).toMatchObject({ floor: 'unknown' });
  });
});

describe('an event that a known floor covers', () => {
  const covering: [string, Entry][] = [
    ['value', streamValue(5)],
    ['absence', streamAbsence(5)],
    ['tombstone', tombstone(at(5))],
    ['fill over a tombstone', fill({ floor: at(5) })],
  ];
  it.each(covering)('is already reflected in a %s', (_, current) => {
    expect(decided(current, [modify(5)]).kind).toBe('keep');
    expect(decided(current, [modify(4)]).kind).toBe('keep');
    expect(decided(current, [remove(3, STALE)]).kind).toBe('keep');
  });

  it('is told by number, not by text: 9 is older than 10', () => {
    expect(decided(streamValue(10), [modify(9)]).kind).toBe('keep');
    expect(decided(streamValue(9), [modify(10)]).kind).toBe('write');
  });

  it('is every event of an older stream, whatever its number', () => {
    const older = { ...modify(999), position: { label: '2026-01-01T00:00:00.000', sequence: '999' } };

    expect(decided(streamValue(5), [older]).kind).toBe('keep');
  });

  it('is no event of a younger stream', () => {
    const younger = { ...modify(1), position: { label: '2027-01-01T00:00:00.000', sequence: '1' } };
    const decision = decided(streamValue(5), [younger]);

    expect(entryOf(decision)).toMatchObject({ kind: 'value', floor: younger.position });
  });
});

describe('over what the stream wrote', () => {
  const written: [string, Entry][] = [
    ['value', streamValue(1)],
    ['absence', streamAbsence(1)],
    ['tombstone', tombstone(at(1))],
  ];
  it.each(written)('a fresh change refreshes a %s', (_, current) => {
    const decision = decided(current, [modify(2)]);

    expect(decision).toMatchObject({ condition: 'unchanged', outcome: 'refreshed', ttl: ITEM_TTL });
    expect(entryOf(decision)).toMatchObject({ kind: 'value', floor: at(2), origin: { by: 'stream' } });
    expect(projectionOf(decision)).toEqual({ ...KEY, revision: 2 });
  });

  it.each(written)('a fresh removal turns a %s into an absence', (_, current) => {
    const decision = decided(current, [remove(2)]);

    expect(decision).toMatchObject({ condition: 'unchanged', outcome: 'absent', ttl: ABSENT_TTL });
    expect(entryOf(decision)).toMatchObject({ kind: 'absent', floor: at(2), origin: { by: 'stream' } });
  });

  it.each(written)('a stale change only tombstones a %s', (_, current) => {
    expect(entryOf(decided(current, [modify(2, STALE)]))).toMatchObject({ kind: 'tombstone', floor: at(2) });
    expect(entryOf(decided(current, [remove(2, STALE)]))).toMatchObject({ kind: 'tombstone', floor: at(2) });
  });

  it.each(written)('a change to an entity that invalidates only tombstones a %s', (_, current) => {
    const options = { entity: refreshing({ onChange: 'invalidate' }) };

    expect(entryOf(decided(current, [modify(2)], options))).toMatchObject({ kind: 'tombstone', floor: at(2) });
    expect(entryOf(decided(current, [remove(2)], options))).toMatchObject({ kind: 'tombstone', floor: at(2) });
  });
});

describe('over a tombstone with an unknown floor', () => {
  it.each([
    ['a fresh change', modify(2)],
    ['a stale change', modify(2, STALE)],
    ['a removal', remove(2)],
    ['an insert', insert(2)],
  ])('%s writes another one with a new nonce', (_, change) => {
    const current = tombstone('unknown');
    const written = entryOf(decided(current, [change], { entity: refreshing({ prefill: true }) }));

    expect(written).toMatchObject({ kind: 'tombstone', floor: 'unknown' });
    expect(written.nonce).not.toBe(current.nonce);
  });
});

describe('over what a reader filled, compared by version', () => {
  const versioned = { entity: refreshing({ versionBy: 'revision' }) };

  it.each([
    { name: 'an insert of the same version', change: insert(5) },
    { name: 'a modification to the same version', change: modify(5) },
    { name: 'a modification to an older version', change: modify(4) },
    { name: 'a stale modification to an older version', change: modify(4, STALE) },
    { name: 'the removal of an older version', change: remove(4) },
  ])('keeps the fill after $name', ({ change }) => {
    expect(decided(fill({ version: 5 }), [change], versioned).kind).toBe('keep');
  });

  it('refreshes with a newer version, however close in time, and knows the floor then', () => {
    const decision = decided(fill({ version: 5, readUntil: FRESH }), [modify(6)], versioned);

    expect(entryOf(decision)).toMatchObject({ kind: 'value', floor: at(6), origin: { by: 'stream' } });
  });

  it('takes the removal of the very version that was filled for newer', () => {
    const decision = decided(fill({ version: 5, readUntil: FRESH }), [remove(5, FRESH, 5)], versioned);

    expect(entryOf(decision)).toMatchObject({ kind: 'absent', floor: at(5) });
  });

  it.each([
    { name: 'an unknown one stays unknown', floor: 'unknown' as const, expected: 'unknown' },
    { name: 'a known one rises to the event', floor: at(1), expected: at(6) },
  ])('tombstones with a newer version that is stale; of the floors, $name', ({ floor, expected }) => {
    const decision = decided(fill({ version: 5, floor }), [modify(6, STALE)], versioned);

    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: expected });
  });

  it.each([
    { name: 'the fill has none', current: fill({ readUntil: FRESH }) },
    { name: 'one is text and the other a number', current: fill({ version: '5', readUntil: FRESH }) },
    { name: 'the fill is an absence', current: fill({ absent: true, readUntil: FRESH }) },
  ])('goes by time when $name', ({ current }) => {
    expect(entryOf(decided(current, [modify(6)], versioned))).toMatchObject({ kind: 'tombstone', floor: 'unknown' });
  });

  it('goes by time when the stream carries no image to take a version from', () => {
    const change = { ...modify(6), newImage: undefined };

    expect(entryOf(decided(fill({ version: 5, readUntil: FRESH }), [change], versioned)).kind).toBe('tombstone');
  });

  it('goes by time when "versionBy" throws', () => {
    const throwing = refreshing({
      versionBy: () => {
        throw new Error('no version');
      },
    });

    expect(entryOf(decided(fill({ version: 5, readUntil: FRESH }), [modify(4)], { entity: throwing })).kind).toBe(
      'tombstone',
    );
  });

  it('compares integers beyond 2^53 exactly', () => {
    const big = 9_007_199_254_740_993n;
    const change = { ...modify(6), newImage: () => ({ ...KEY, revision: big - 1n }) };

    expect(decided(fill({ version: big }), [change], versioned).kind).toBe('keep');
  });
});

describe('over what a reader filled, compared by time', () => {
  const created = FRESH;

  it('refreshes when the read had ended more than the clock margin before the event', () => {
    const decision = decided(fill({ readUntil: created - seconds(2) - 1 }), [modify(6, created)]);

    expect(decision).toMatchObject({ condition: 'unchanged', outcome: 'refreshed' });
    expect(entryOf(decision)).toMatchObject({ kind: 'value', floor: at(6) });
  });

  it('goes by the end of the read: a slow one may have seen what happened meanwhile', () => {
    const slow = fill({ readFrom: created - minutes(1), readUntil: created - seconds(2) });

    expect(entryOf(decided(slow, [modify(6, created)])).kind).toBe('tombstone');
  });

  it('refreshes a filled absence with a removal that is provably newer', () => {
    const decision = decided(fill({ absent: true, readUntil: created - seconds(3) }), [remove(6, created)]);

    expect(entryOf(decision)).toMatchObject({ kind: 'absent', floor: at(6) });
  });

  it('keeps what was filled more than five minutes after the event', () => {
    const late = fill({ readFrom: STALE + minutes(5) + 1_001, readUntil: STALE + minutes(6) });

    expect(decided(late, [modify(6, STALE)]).kind).toBe('keep');
  });

  it('tombstones what was filled five minutes after the event: creation times are rounded down to the second', () => {
    const readFrom = STALE + minutes(5) + 1_000;

    expect(entryOf(decided(fill({ readFrom, readUntil: readFrom }), [modify(6, STALE)])).kind).toBe('tombstone');
  });

  it.each([
    { name: 'an unknown one', floor: 'unknown' as const },
    { name: 'a known one, since the fill may be newer than the events that follow', floor: at(1) },
  ])('tombstones with an unknown floor where nobody knows which is newer, over $name', ({ floor }) => {
    const decision = decided(fill({ floor, readUntil: created }), [modify(6, created)]);

    expect(decision).toMatchObject({ condition: 'unchanged', outcome: 'tombstoned' });
    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: 'unknown' });
  });

  it.each([
    { name: 'an unknown one stays unknown', floor: 'unknown' as const, expected: 'unknown' },
    { name: 'a known one rises to the event', floor: at(1), expected: at(6) },
  ])('tombstones with a newer event of an entity that invalidates; of the floors, $name', ({ floor, expected }) => {
    const decision = decided(fill({ floor, readUntil: created - seconds(3) }), [modify(6, created)], {
      entity: refreshing({ onChange: 'invalidate' }),
    });

    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: expected });
  });
});

describe('where a value is due that cannot be had', () => {
  it('tombstones when the stream carries no new image', () => {
    const decision = decided(streamValue(1), [{ ...modify(2), newImage: undefined }]);

    expect(decision).toMatchObject({ outcome: 'tombstoned', projectionError: undefined });
    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: at(2) });
  });

  it('tombstones when "project" throws, and names the class of the error but not its message', () => {
    const decision = decided(streamValue(1), [modify(2)], {
      entity: refreshing({
        project: () => {
          throw new RangeError('secret@example.com is out of range');
        },
      }),
    });

    expect(decision).toMatchObject({ outcome: 'tombstoned', projectionError: 'RangeError' });
    expect(JSON.stringify(decision)).not.toContain('secret');
    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: at(2) });
  });

  it('tombstones what cannot be stored exactly', () => {
    const decision = decided(streamValue(1), [modify(2)], { entity: refreshing({ project: () => new Date() }) });

    expect(decision).toMatchObject({ outcome: 'tombstoned', projectionError: 'UnsupportedValueError' });
  });

  it('tombstones when the image is malformed', () => {
    const change: Change = {
      ...modify(2),
      newImage: () => {
        throw new TypeError('not an image');
      },
    };

    expect(decided(streamValue(1), [change])).toMatchObject({ outcome: 'tombstoned', projectionError: 'TypeError' });
  });

  it('tombstones what the store has refused as too large', () => {
    const decision = decided(streamValue(1), [modify(2)], { allowValue: false });

    expect(decision).toMatchObject({ outcome: 'tombstoned', projectionError: undefined });
    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: at(2) });
  });

  it('leaves an unknown floor unknown where the value would have made it known', () => {
    const decision = decided(fill({ readUntil: FRESH - seconds(3) }), [modify(2)], { allowValue: false });

    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: 'unknown' });
  });

  it('still writes an absence: it is never too large, and projects nothing', () => {
    expect(entryOf(decided(streamValue(1), [remove(2)], { allowValue: false })).kind).toBe('absent');
  });
});

describe('what is not ours, or not understood', () => {
  it('overwrites a foreign entry unconditionally, with an unknown floor', () => {
    const decision = decide({ kind: 'foreign', reason: 'test' }, mutationOf([modify(2)]), {
      now: NOW,
      allowValue: true,
    });

    expect(decision).toMatchObject({ kind: 'write', condition: 'always', outcome: 'tombstoned' });
    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: 'unknown', at: NOW });
  });

  it('distrusts an entry of which a record was not understood, whatever the others say', () => {
    const mutation = { ...mutationOf([modify(2)]), distrust: true };
    const decision = decide(streamValue(9), mutation, { now: NOW, allowValue: true });

    expect(decision).toMatchObject({ kind: 'write', condition: 'always', outcome: 'tombstoned' });
    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: 'unknown' });
  });

  it('makes every unconditional tombstone distinguishable from every other', () => {
    const [a, b] = [tombstoneAlways('a repair', NOW), tombstoneAlways('a repair', NOW)];

    expect(a.bytes).not.toEqual(b.bytes);
    expect(a.ttl).toBe(TOMBSTONE_TTL);
  });
});

describe('several changes of one item', () => {
  it('end in the last one', () => {
    const decision = decided(streamValue(1), [modify(2), remove(3), insert(4), modify(5)]);

    expect(entryOf(decision)).toMatchObject({ kind: 'value', floor: at(5) });
    expect(projectionOf(decision)).toEqual({ ...KEY, revision: 5 });
  });

  it('end in an absence after insert and remove', () => {
    const decision = decided(undefined, [insert(1), remove(2)], { entity: refreshing({ prefill: true }) });

    expect(decision).toMatchObject({ condition: 'absent', outcome: 'absent' });
    expect(entryOf(decision)).toMatchObject({ kind: 'absent', floor: at(2) });
  });

  it('write a value over nothing, as the second would over the tombstone of the first', () => {
    const decision = decided(undefined, [modify(1), modify(2)]);

    expect(decision).toMatchObject({ condition: 'absent', outcome: 'prefilled' });
    expect(entryOf(decision)).toMatchObject({ kind: 'value', floor: at(2) });
  });

  it('stay without a known floor when the first is stale and nothing was there', () => {
    expect(entryOf(decided(undefined, [modify(1, STALE), modify(2)]))).toMatchObject({
      kind: 'tombstone',
      floor: 'unknown',
    });
  });

  it('skip those that the floor covers', () => {
    expect(entryOf(decided(streamValue(3), [modify(2), modify(3), modify(4)]))).toMatchObject({ floor: at(4) });
    expect(decided(streamValue(3), [modify(2), modify(3)]).kind).toBe('keep');
  });

  it('write no value after one that could not be compared with a fill', () => {
    const decision = decided(fill({ floor: at(1), readUntil: FRESH }), [modify(2), modify(3)]);

    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: 'unknown' });
  });

  it('go from a fill that has some of them to the newest', () => {
    const decision = decided(fill({ version: 3 }), [modify(2), modify(3), modify(4)], {
      entity: refreshing({ versionBy: 'revision' }),
    });

    expect(entryOf(decision)).toMatchObject({ kind: 'value', floor: at(4) });
  });

  it('project only what is written', () => {
    const projected: unknown[] = [];
    const counting = refreshing({
      project: (item) => {
        projected.push(item.revision);
        return item;
      },
    });
    decided(streamValue(1), [modify(2), modify(3), modify(4)], { entity: counting });

    expect(projected).toEqual([4]);
  });

  it('remember that the first could not be projected over an unknown floor', () => {
    const picky = refreshing({
      project: (item) => {
        if (item.revision === 2) throw new Error('not this one');
        return item;
      },
    });
    const decision = decided(fill({ readUntil: FRESH - seconds(3) }), [modify(2), modify(3)], { entity: picky });

    expect(entryOf(decision)).toMatchObject({ kind: 'tombstone', floor: 'unknown' });
  });

  it('never lower a known floor, whatever they are', () => {
    for (const change of [insert(9), modify(9), remove(9), modify(9, STALE), remove(9, STALE)]) {
      for (const current of [streamValue(5), streamAbsence(5), tombstone(at(5))]) {
        expect(entryOf(decided(current, [change])).floor).toEqual(at(9));
      }
    }
  });
});

interface Options extends Partial<Circumstances> {
  readonly entity?: AnyEntity;
}

function decided(current: Entry | undefined, changes: readonly Change[], options: Options = {}): Decision {
  const { entity: of = refreshing(), now = NOW, allowValue = true } = options;
  return decide(current, mutationOf(changes, of), { now, allowValue });
}

function mutationOf(changes: readonly Change[], of: AnyEntity = refreshing()): Mutation {
  return {
    key: entryKey('test', of, KEY),
    entity: of,
    primaryKey: KEY,
    changes,
    distrust: false,
    records: changes.map(({ index }) => index),
  };
}

function refreshing(options: Partial<EntityOptions<{ PK: string }, unknown>> = {}): AnyEntity {
  return entity('item', {
    key: { PK: 'ITEM#{id}' },
    onChange: 'refresh',
    ttl: ITEM_TTL,
    absentTtl: ABSENT_TTL,
    project: (item) => item,
    ...options,
  });
}

function at(sequence: number) {
  return { label: STREAM_LABEL, sequence: String(sequence) };
}

const image = (revision: number) => (): Item => ({ ...KEY, revision });

function insert(sequence: number, createdAt = FRESH): Change {
  return changeOf('INSERT', sequence, createdAt, undefined, image(sequence));
}

function modify(sequence: number, createdAt = FRESH): Change {
  return changeOf('MODIFY', sequence, createdAt, image(sequence - 1), image(sequence));
}

function remove(sequence: number, createdAt = FRESH, removed = sequence): Change {
  return changeOf('REMOVE', sequence, createdAt, image(removed), undefined);
}

function changeOf(
  type: Change['type'],
  sequence: number,
  createdAt: number,
  oldImage: Change['oldImage'],
  newImage: Change['newImage'],
): Change {
  return { index: sequence, type, position: at(sequence), createdAt, key: KEY, newImage, oldImage };
}

function streamValue(sequence: number): Entry {
  const payload = encodePayload({ revision: sequence });
  return { kind: 'value', nonce: newNonce(), at: FRESH, floor: at(sequence), origin: { by: 'stream' }, payload };
}

function streamAbsence(sequence: number): Entry {
  return { kind: 'absent', nonce: newNonce(), at: FRESH, floor: at(sequence), origin: { by: 'stream' } };
}

function tombstone(floor: Floor): Entry {
  return { kind: 'tombstone', nonce: newNonce(), at: FRESH, floor };
}

interface FillOptions {
  readonly floor?: Floor;
  readonly readFrom?: number;
  readonly readUntil?: number;
  readonly version?: number | bigint | string;
  readonly absent?: boolean;
}

function fill({ floor = 'unknown', readUntil = FRESH, readFrom = readUntil, version, absent }: FillOptions): Entry {
  const origin = { by: 'reader', readUntil, ...(version !== undefined && { itemVersion: version }) } as const;
  const stamp = { nonce: newNonce(), at: readFrom, floor, origin };
  return absent === true
    ? { kind: 'absent', ...stamp }
    : { kind: 'value', ...stamp, payload: encodePayload({ revision: 0 }) };
}

function written(decision: Decision): Write {
  if (decision.kind !== 'write') throw new Error(`nothing is written: ${decision.reason}`);
  return decision;
}

function entryOf(decision: Decision): Entry {
  const entry = decodeEntry(written(decision).bytes);
  if (entry.kind === 'foreign') throw new Error(entry.reason);
  return entry;
}

function projectionOf(decision: Decision): unknown {
  const entry = entryOf(decision);
  return entry.kind === 'value' ? decodePayload(entry.payload) : undefined;
}
