import { describe, expect, it } from 'vitest';
import { type Item, NumberValue } from '../../../shared/entry/item.ts';
import { entryKey, epochKey, generationKey } from '../../../shared/map/cache-key.ts';
import { defineCacheMap } from '../../../shared/map/cache-map.ts';
import { collection } from '../../../shared/map/collection.ts';
import { entity } from '../../../shared/map/entity.ts';
import { pick, textOf } from '../../../shared/map/item-attributes.ts';
import { keyOf } from '../../../shared/map/key-function.ts';
import { type Plan, plan } from '../../../shared/sync/plan.ts';
import { hours } from '../../../shared/time.ts';
import { lambdaRecord, type RecordOptions } from '../../support/lambda-records.ts';

const NAMESPACE = 'test';
const NOW = Date.UTC(2026, 10, 20, 12);

const user = entity('user', {
  key: { PK: 'USER#{name}' },
  onChange: 'refresh',
  ttl: hours(1),
  project: pick('PK', 'name', 'score'),
});
const whole = entity('whole', { key: { PK: 'WHOLE#{id}' }, onChange: 'refresh', ttl: hours(1) });
const task = entity('task', {
  key: { PK: 'TASK#{id}' },
  onChange: 'refresh',
  ttl: hours(1),
  project: pick('PK', 'title'),
});
const tasks = collection('tasks', {
  of: task,
  by: (image) => [{ owner: textOf(image, 'owner') }],
  query: ({ owner }) => ({ KeyConditionExpression: 'o = :o', ExpressionAttributeValues: { ':o': owner } }),
  onChange: 'invalidate',
  ttl: hours(1),
});
const map = defineCacheMap({ entities: [user, whole, task], collections: [tasks] });

const alice = { PK: 'USER#alice' };
const chore = { PK: 'TASK#1' };

describe('records of one item', () => {
  it('become one mutation, oldest first', () => {
    const { mutations } = planned([modifyUser(1, 'A', 'B'), modifyUser(2, 'B', 'C')]);

    expect(mutations).toMatchObject([
      { key: entryKey(NAMESPACE, user, alice), entity: user, primaryKey: alice, distrust: false, records: [0, 1] },
    ]);
    expect(positions(mutations)).toEqual([['1', '2']]);
  });

  it('are ordered by position, not by their place in the batch, and each counts once', () => {
    const records = [9, 10, 8, 9, 10].map((sequence) => modifyUser(sequence, 'A', `${sequence}`));

    expect(positions(planned(records).mutations)).toEqual([['8', '9', '10']]);
    expect(planned(records).mutations[0]?.records).toEqual([0, 1, 2, 3, 4]);
  });

  it('of two streams are ordered by the label of the stream first', () => {
    const older = { ...userChange(99, 'A', 'B'), label: '2025-01-01T00:00:00.000' };
    const { mutations } = planned([modifyUser(1, 'B', 'C'), lambdaRecord(older)]);

    expect(positions(mutations)).toEqual([['99', '1']]);
  });

  it('are kept apart from those of other items', () => {
    const { mutations } = planned([
      modifyUser(1, 'A', 'B'),
      record({ type: 'REMOVE', key: { PK: 'USER#bob' }, sequence: 2 }),
    ]);

    expect(mutations.map(({ primaryKey }) => primaryKey.PK)).toEqual(['USER#alice', 'USER#bob']);
  });

  it('that no entity describes cost nothing', () => {
    const { mutations, renewals, records, quarantined } = planned([
      record({ type: 'REMOVE', key: { PK: 'OTHER#1' }, sequence: 1 }),
    ]);

    expect({ mutations, renewals, quarantined }).toEqual({ mutations: [], renewals: [], quarantined: [] });
    expect(records).toMatchObject([{ fate: 'no-entity', type: 'REMOVE' }]);
  });
});

describe('a projection that stays as it was', () => {
  it('costs no mutation when each record leaves it so', () => {
    const quiet = (sequence: number) => modifyUser(sequence, 'A', 'A', { seen: sequence - 1 }, { seen: sequence });
    const { mutations, records } = planned([quiet(1), quiet(2)]);

    expect(mutations).toEqual([]);
    expect(records.map(({ fate }) => fate)).toEqual(['unchanged', 'unchanged']);
  });

  it('does not count when only first and last are the same: a reader may hold what was there in between', () => {
    const { mutations } = planned([modifyUser(1, 'A', 'B'), modifyUser(2, 'B', 'A')]);

    expect(positions(mutations)).toEqual([['1', '2']]);
  });

  it('does not spare a mutation that another record of the batch needs', () => {
    const { mutations, records } = planned([modifyUser(1, 'A', 'A'), modifyUser(2, 'A', 'B'), modifyUser(3, 'B', 'B')]);

    expect(positions(mutations)).toEqual([['2']]);
    expect(mutations[0]?.records).toEqual([0, 1, 2]);
    expect(records.map(({ fate }) => fate)).toEqual(['unchanged', 'planned', 'unchanged']);
  });

  it.each([
    ['an insert', { type: 'INSERT', newImage: { ...alice, name: 'A' } }],
    ['a removal', { type: 'REMOVE', oldImage: { ...alice, name: 'A' } }],
    ['a change whose old image the stream leaves out', { type: 'MODIFY', newImage: { ...alice, name: 'A' } }],
    ['a change whose new image the stream leaves out', { type: 'MODIFY', oldImage: { ...alice, name: 'A' } }],
  ] as const)('cannot be said of %s', (_, change) => {
    expect(planned([record({ key: alice, sequence: 1, ...change })]).mutations).toHaveLength(1);
  });

  it('is not looked for where the whole item is the value', () => {
    const image = { PK: 'WHOLE#1', a: 1 };
    const change = record({ type: 'MODIFY', key: { PK: 'WHOLE#1' }, oldImage: image, newImage: image, sequence: 1 });

    expect(planned([change]).mutations).toHaveLength(1);
  });

  it('tells numbers apart that a double cannot', () => {
    const change = modifyUser(
      1,
      'A',
      'A',
      { score: NumberValue.from('0.12345678901234567890123456789') },
      { score: NumberValue.from('0.12345678901234567890123456780') },
    );

    expect(planned([change]).mutations).toHaveLength(1);
  });

  it('is not assumed when "project" throws or an image is malformed', () => {
    const throwing = entity('user', {
      key: { PK: 'USER#{name}' },
      onChange: 'refresh',
      ttl: hours(1),
      project: () => {
        throw new Error('cannot');
      },
    });
    const damaged = modifyUser(1, 'A', 'A');
    const broken = { ...damaged, dynamodb: { ...damaged.dynamodb, NewImage: 'not an image' } };

    expect(plan([damaged], defineCacheMap({ entities: [throwing] }), NAMESPACE).mutations).toHaveLength(1);
    expect(planned([broken]).mutations).toHaveLength(1);
  });

  it('does not keep collections from being renewed', () => {
    const { mutations, renewals } = planned([moveTask(1, 'ann', 'bea')]);

    expect(mutations).toEqual([]);
    expect(renewals).toHaveLength(2);
  });
});

describe('collections', () => {
  it('are renewed where the item was and where it is', () => {
    const { renewals } = planned([moveTask(1, 'ann', 'bea')]);

    expect(renewals.map(({ key, params }) => ({ key, params }))).toEqual([
      { key: generationKey(NAMESPACE, tasks, { owner: 'ann' }), params: { owner: 'ann' } },
      { key: generationKey(NAMESPACE, tasks, { owner: 'bea' }), params: { owner: 'bea' } },
    ]);
  });

  it('are renewed once for all records of a batch, which are remembered in order', () => {
    const { renewals, records } = planned([
      moveTask(1, 'ann', 'ann'),
      moveTask(2, 'ann', 'bea'),
      moveTask(3, 'bea', 'ann'),
    ]);

    expect(renewals.map(({ params, records: of }) => [params?.owner, of])).toEqual([
      ['ann', [0, 1, 2]],
      ['bea', [1, 2]],
    ]);
    expect(records.map(({ renews }) => renews)).toEqual([1, 2, 2]);
  });

  it.each([
    ['an insert of a view without new images', { type: 'INSERT' }, []],
    ['a removal of a view without old images', { type: 'REMOVE' }, []],
    ['a change of a view with keys only', { type: 'MODIFY' }, []],
    ['a change of a view with new images', { type: 'MODIFY', newImage: { ...chore, owner: 'ann' } }, ['ann']],
    ['a change of a view with old images', { type: 'MODIFY', oldImage: { ...chore, owner: 'ann' } }, ['ann']],
  ] as const)('are renewed as a whole for %s', (_, change, owners) => {
    const { renewals } = planned([record({ key: chore, sequence: 1, ...change })]);

    expect(renewals[0]).toMatchObject({ key: epochKey(NAMESPACE, tasks), params: undefined });
    expect(renewals.slice(1).map(({ params }) => params?.owner)).toEqual(owners);
  });

  it.each([
    ['an insert', { type: 'INSERT', newImage: { ...chore, owner: 'ann' } }],
    ['a removal', { type: 'REMOVE', oldImage: { ...chore, owner: 'ann' } }],
  ] as const)('are not renewed as a whole for %s, which has but one image', (_, change) => {
    expect(planned([record({ key: chore, sequence: 1, ...change })]).renewals).toHaveLength(1);
  });

  it('are renewed as a whole, and the record set aside, when "by" throws', () => {
    const { renewals, quarantined, mutations, records } = planned([
      record({ type: 'MODIFY', key: chore, oldImage: { ...chore, owner: 'ann' }, newImage: chore, sequence: 1 }),
    ]);

    expect(renewals.map(({ params }) => params)).toEqual([{ owner: 'ann' }, undefined]);
    expect(quarantined).toEqual([
      { index: 0, reason: expect.stringMatching(/"by" of collection tasks failed with TypeError/) },
    ]);
    expect(records).toMatchObject([{ fate: 'quarantined' }]);
    expect(mutations).toEqual([]);
  });

  it('are renewed as a whole when "by" names parameters that cannot be a key', () => {
    const odd = collection('odd', {
      of: task,
      by: () => [{ owner: Number.NaN }],
      query: () => ({ KeyConditionExpression: 'x' }),
      onChange: 'invalidate',
      ttl: hours(1),
    });
    const { renewals, quarantined } = plan(
      [moveTask(1, 'ann', 'bea')],
      defineCacheMap({ entities: [task], collections: [odd] }),
      NAMESPACE,
    );

    expect(renewals).toMatchObject([{ params: undefined }]);
    expect(quarantined).toHaveLength(1);
  });

  it('set a record aside once, however many of them fail over it', () => {
    const failing = (name: string) =>
      collection(name, {
        of: task,
        by: (): [] => {
          throw new Error('canary');
        },
        query: () => ({ KeyConditionExpression: 'x' }),
        onChange: 'invalidate',
        ttl: hours(1),
      });
    const several = defineCacheMap({ entities: [task], collections: [failing('one'), failing('two')] });
    const { quarantined, renewals } = plan([moveTask(1, 'ann', 'bea')], several, NAMESPACE);

    expect(quarantined).toHaveLength(1);
    expect(JSON.stringify(quarantined)).not.toContain('canary');
    expect(renewals).toHaveLength(2);
  });
});

describe('a record that cannot be understood', () => {
  it('is set aside, and the item and its collections are distrusted', () => {
    const { mutations, renewals, quarantined } = planned([{ ...moveTask(1, 'ann', 'bea'), eventName: 'TRUNCATE' }]);

    expect(mutations).toMatchObject([{ key: entryKey(NAMESPACE, task, chore), distrust: true, changes: [] }]);
    expect(renewals).toMatchObject([{ key: epochKey(NAMESPACE, tasks) }]);
    expect(quarantined).toMatchObject([{ index: 0 }]);
  });

  it('makes the whole item distrusted, though its neighbours are understood and unchanged', () => {
    const { mutations } = planned([modifyUser(1, 'A', 'A'), { ...modifyUser(2, 'A', 'A'), eventSourceARN: 7 }]);

    expect(mutations).toMatchObject([{ distrust: true, records: [0, 1] }]);
  });

  it.each([
    ['whose key is of nobody', { ...record({ type: 'REMOVE', key: { PK: 'OTHER#1' }, sequence: 1 }), eventName: 'X' }],
    ['that is no record at all', 'record'],
    ['that is missing', undefined],
  ])('is set aside and nothing else when it is one %s', (_, odd) => {
    const { mutations, renewals, quarantined } = planned([odd]);

    expect({ mutations, renewals }).toEqual({ mutations: [], renewals: [] });
    expect(quarantined).toMatchObject([{ index: 0 }]);
  });

  it('does not take the place of its neighbours', () => {
    const { mutations, records } = planned([null, modifyUser(1, 'A', 'B'), {}]);

    expect(mutations).toMatchObject([{ records: [1] }]);
    expect(records.map(({ index, fate }) => [index, fate])).toEqual([
      [0, 'quarantined'],
      [1, 'planned'],
      [2, 'quarantined'],
    ]);
  });
});

describe('a key that more than one entity may own', () => {
  const byFunction = (name: string, match: (key: { PK?: unknown }) => { id: string } | undefined) =>
    entity(name, {
      key: keyOf<{ id: string }>({ attributes: ['PK'], build: ({ id }) => ({ PK: id }), match }),
      onChange: 'refresh',
      ttl: hours(1),
    });
  const left = byFunction('left', () => ({ id: 'x' }));
  const right = byFunction('right', () => {
    throw new Error('canary');
  });
  const of = collection('of-left', {
    of: left,
    by: () => [{}],
    query: () => ({ KeyConditionExpression: 'x' }),
    onChange: 'invalidate',
    ttl: hours(1),
  });
  const ambiguous = defineCacheMap({ entities: [left, right], collections: [of] });

  it('makes the entries of all of them distrusted, renews their collections and sets the record aside', () => {
    const { mutations, renewals, quarantined, records } = plan([modifyUser(1, 'A', 'B')], ambiguous, NAMESPACE);

    expect(mutations.map(({ key, distrust }) => [key, distrust])).toEqual([
      [entryKey(NAMESPACE, left, alice), true],
      [entryKey(NAMESPACE, right, alice), true],
    ]);
    expect(renewals).toMatchObject([{ key: epochKey(NAMESPACE, of) }]);
    expect(quarantined).toEqual([{ index: 0, reason: expect.stringMatching(/left, right/) }]);
    expect(records).toMatchObject([{ fate: 'quarantined' }]);
  });

  it.each([
    ['a lone surrogate', { S: 'USER#\ud800' }],
    ['a number beyond what DynamoDB stores', { N: '1E200' }],
    ['an empty text', { S: '' }],
  ])('is set aside, not thrown over, when it is one that no item can have: %s', (_, PK) => {
    const only = defineCacheMap({ entities: [left], collections: [of] });
    const good = modifyUser(1, 'A', 'B');
    const odd = { ...good, dynamodb: { ...good.dynamodb, Keys: { PK } } };
    const { mutations, renewals, quarantined } = plan([odd, { ...odd, eventName: 'X' }, good], only, NAMESPACE);

    expect(quarantined.map(({ index }) => index)).toEqual([0, 1]);
    expect(mutations).toMatchObject([{ primaryKey: alice, distrust: false }]);
    expect(renewals.map(({ params }) => params)).toEqual([undefined, {}]);
  });
});

function planned(records: readonly unknown[]): Plan {
  return plan(records, map, NAMESPACE);
}

function record(options: Omit<RecordOptions, 'createdAt'>) {
  return lambdaRecord({ createdAt: NOW, ...options });
}

function userChange(sequence: number, from: string, to: string, old: Item = {}, next: Item = {}): RecordOptions {
  return {
    type: 'MODIFY',
    key: alice,
    oldImage: { ...alice, name: from, ...old },
    newImage: { ...alice, name: to, ...next },
    sequence,
    createdAt: NOW,
  };
}

function modifyUser(sequence: number, from: string, to: string, old?: Item, next?: Item) {
  return lambdaRecord(userChange(sequence, from, to, old, next));
}

function moveTask(sequence: number, from: string, to: string) {
  const image = (owner: string) => ({ ...chore, title: 'wash up', owner });
  return record({ type: 'MODIFY', key: chore, oldImage: image(from), newImage: image(to), sequence });
}

function positions(mutations: Plan['mutations']): string[][] {
  return mutations.map(({ changes }) => changes.map(({ position }) => position.sequence));
}
