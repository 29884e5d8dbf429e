import { describe, expect, test } from 'vitest';
import { defineCacheMap } from '../../../shared/map/cache-map.ts';
import { collection } from '../../../shared/map/collection.ts';
import { entity } from '../../../shared/map/entity.ts';
import { MapDefinitionError } from '../../../shared/map/errors.ts';
import { keyOf } from '../../../shared/map/key-function.ts';
import type { KeyFunction, KeyTemplates } from '../../../shared/map/key-scheme.ts';
import { number } from '../../../shared/map/key-template.ts';
import { hours } from '../../../shared/time.ts';

const thing = (name: string, key: KeyTemplates | KeyFunction) =>
  entity(name, { key, onChange: 'refresh', ttl: hours(1) });

const listOf = (name: string, of: Parameters<typeof collection>[1]['of']) =>
  collection(name, {
    of,
    by: () => [{}],
    query: () => ({ KeyConditionExpression: 'PK = :pk' }),
    onChange: 'invalidate',
    ttl: hours(1),
  });

/** Recognises every key whose partition passes the test. */
const byFunction = (name: string, test: (partition: string) => boolean) =>
  thing(
    name,
    keyOf<{ id: string }>({
      attributes: ['PK'],
      build: ({ id }) => ({ PK: id }),
      match: ({ PK }) => (test(String(PK)) ? { id: String(PK) } : undefined),
    }),
  );

describe('matching a record', () => {
  const user = thing('user', { PK: 'USER#{username}', SK: 'USER#{username}' });
  const membership = thing('membership', { PK: 'ORG#{organization}', SK: 'USER#{username}' });
  const map = defineCacheMap({ entities: [user, membership] });

  test('answers the entity and its parameters, whatever the order of the attributes', () => {
    expect(map.match({ SK: 'USER#alice', PK: 'ORG#acme' })).toEqual({
      kind: 'entity',
      entity: membership,
      params: { organization: 'acme', username: 'alice' },
    });
  });

  test('answers none for a record of another kind', () => {
    expect(map.match({ PK: 'INVOICE#1', SK: 'INVOICE#1' })).toEqual({ kind: 'none' });
    expect(map.match({ PK: 'USER#alice', SK: 'USER#bob' })).toEqual({ kind: 'none' });
    expect(map.match({})).toEqual({ kind: 'none' });
  });

  test('names all entities that claim a record where functions overlap', () => {
    const overlapping = defineCacheMap({
      entities: [
        byFunction('a', (pk) => pk.length > 2),
        byFunction('b', (pk) => pk.length > 3),
        thing('c', { PK: 'cccc' }),
      ],
    });
    expect(overlapping.match({ PK: 'xxx' })).toMatchObject({ kind: 'entity', entity: { name: 'a' } });
    expect(overlapping.match({ PK: 'xxxx' })).toEqual({ kind: 'ambiguous', names: ['a', 'b'] });
    expect(overlapping.match({ PK: 'cccc' })).toEqual({ kind: 'ambiguous', names: ['a', 'b', 'c'] });
  });

  test('an entity whose function throws counts as a claimant: its record must not pass for nobody’s', () => {
    const broken = byFunction('broken', () => {
      throw new Error('no');
    });
    const map = defineCacheMap({ entities: [broken, thing('user', { PK: 'USER#{id}' })] });
    expect(map.match({ PK: 'x' })).toEqual({ kind: 'ambiguous', names: ['broken'] });
    expect(map.match({ PK: 'USER#1' })).toEqual({ kind: 'ambiguous', names: ['user', 'broken'] });
  });
});

test('an entity knows the collections that its changes affect', () => {
  const a = thing('a', { PK: 'A#{id}' });
  const b = thing('b', { PK: 'B#{id}' });
  const [onlyA, both] = [listOf('only-a', a), listOf('both', [a, b])];
  const map = defineCacheMap({ entities: [a, b], collections: [onlyA, both] });
  expect(map.collectionsOf(a)).toEqual([onlyA, both]);
  expect(map.collectionsOf(b)).toEqual([both]);
  expect(map.collectionsOf(thing('c', { PK: 'C#{id}' }))).toEqual([]);
});

describe('overlapping keys', () => {
  const overlap = (left: KeyTemplates, right: KeyTemplates) => () =>
    defineCacheMap({ entities: [thing('left', left), thing('right', right)] });

  test.each<[KeyTemplates, KeyTemplates]>([
    [{ PK: '{id}' }, { PK: 'USER#{id}' }],
    [{ PK: 'USER#{id}' }, { PK: 'USER#{name}' }],
    [{ PK: 'ORG#{o}' }, { PK: 'ORG#{o}#TEAM#{t}' }],
    [{ PK: 'A#{a}#{b}' }, { PK: 'A#{a}#B#{b}' }],
    [{ PK: 'CONFIG' }, { PK: '{anything}' }],
    [{ PK: 'a{x}c' }, { PK: 'ab{y}' }],
    [
      { PK: 'ORG#{o}', SK: 'ORG#{o}' },
      { PK: 'ORG#{o}', SK: '{anything}' },
    ],
    [
      { PK: 'ORG#{o}', SK: 'X#{o}' },
      { PK: 'ORG#{p}', SK: 'X#{q}' },
    ],
    [{ PK: number('id') }, { PK: number('key') }],
    [
      { PK: number('id'), SK: 'A#{x}' },
      { PK: number('key'), SK: 'A#{x}#B' },
    ],
  ])('%j and %j are refused, with both names', (left, right) => {
    expect(overlap(left, right)).toThrow(MapDefinitionError);
    expect(overlap(left, right)).toThrow("entity 'right': a record can match both its key and that of entity 'left'");
  });

  test.each<[KeyTemplates, KeyTemplates, string]>([
    [{ PK: 'USER#{id}' }, { PK: 'ORDER#{id}' }, 'another prefix'],
    [{ PK: 'X#{a}/profile' }, { PK: 'X#{a}/avatar' }, 'another suffix behind a separator'],
    [{ PK: '{id}!' }, { PK: '{id}?' }, 'another end'],
    [{ PK: 'A#{a}#X' }, { PK: 'A#{a}#B#X' }, 'a parameter that cannot contain its separator'],
    [{ PK: 'CONFIG' }, { PK: 'CONFIG#{x}' }, 'a literal that ends'],
    [{ PK: 'ORG#{o}', SK: 'ORG#{o}' }, { PK: 'ORG#{o}', SK: 'USER#{u}' }, 'another sort key'],
    [
      { PK: 'ORG#{o}', SK: 'ORG#{o}' },
      { PK: 'ORG#{x}', SK: 'ORG#{x}#TEAM#{t}' },
      'a repeated parameter, and more behind it',
    ],
    [{ PK: 'C#{c}', SK: '#META' }, { PK: 'C#{c}', SK: 'ORDER#{o}' }, 'a fixed sort key'],
    [{ PK: 'C#{c}', SK: 'ORDER#{o}' }, { PK: 'C#{c}', SK: 'ITEM#{o}#{line}' }, 'another sort prefix'],
    [{ PK: number('id'), SK: 'A#{x}' }, { PK: number('id'), SK: 'B#{x}' }, 'a sort key beside a number'],
  ])('%j and %j are told apart (%s)', (left, right) => {
    expect(overlap(left, right)().entities).toHaveLength(2);
  });
});

describe('a map that cannot work is refused, and names the culprit', () => {
  const a = thing('a', { PK: 'A#{id}' });
  const b = thing('b', { PK: 'B#{id}' });

  test('no entities', () => {
    expect(() => defineCacheMap({ entities: [] })).toThrow('cache map: it has no entities');
  });

  test('two entities of one name', () => {
    const define = () => defineCacheMap({ entities: [a, thing('a', { PK: 'Z#{id}' })] });
    expect(define).toThrow("entity 'a': there are two of this name");
  });

  test('two collections of one name', () => {
    const define = () => defineCacheMap({ entities: [a], collections: [listOf('all', a), listOf('all', a)] });
    expect(define).toThrow("collection 'all': there are two of this name");
  });

  test('an entity and a collection of one name: they share the key space', () => {
    const define = () => defineCacheMap({ entities: [a], collections: [listOf('a', a)] });
    expect(define).toThrow("collection 'a': there is also an entity 'a'");
  });

  test('a collection of an entity that is not in the map', () => {
    const define = () => defineCacheMap({ entities: [a], collections: [listOf('all', [a, b])] });
    expect(define).toThrow("collection 'all': `of` holds entity 'b', which is not in the map");
  });

  test('a collection of an entity that was defined twice', () => {
    const define = () => defineCacheMap({ entities: [a], collections: [listOf('all', thing('a', { PK: 'A#{id}' }))] });
    expect(define).toThrow("collection 'all': `of` holds another definition of entity 'a'");
  });

  test.each<[KeyTemplates]>([[{ PK: 'C#{id}', SK: 'C' }], [{ pk: 'C#{id}' }]])('entities of two tables: %j', (key) => {
    const define = () => defineCacheMap({ entities: [a, thing('c', key)] });
    expect(define).toThrow(MapDefinitionError);
    expect(define).toThrow("entity 'c': its key is");
    expect(define).toThrow("that of entity 'a' is PK");
  });

  test('partition and sort key swapped', () => {
    const define = () =>
      defineCacheMap({ entities: [thing('x', { PK: 'X#{i}', SK: 'X' }), thing('y', { SK: 'Y', PK: 'Y#{i}' })] });
    expect(define).toThrow("entity 'y': its key is SK / PK, that of entity 'x' is PK / SK");
  });

  test('a key attribute of two types', () => {
    const define = () => defineCacheMap({ entities: [a, thing('c', { PK: number('id') })] });
    expect(define).toThrow("entity 'c': the key attribute 'PK' is number, and text in entity 'a'");
  });
});

describe('warnings', () => {
  const long = entity('long', {
    key: { PK: '{id}' },
    onChange: 'invalidate',
    prefill: true,
    ttl: hours(48),
    absentTtl: hours(25),
  });

  test('a TTL beyond what Momento keeps, and a prefill without effect', () => {
    const list = collection('list', {
      of: long,
      by: () => [{}],
      query: () => ({ KeyConditionExpression: 'PK = :pk' }),
      onChange: 'invalidate',
      ttl: hours(30),
    });
    expect(defineCacheMap({ entities: [long], collections: [list] }).warnings).toEqual([
      "entity 'long': ttl is 48 h; Momento keeps entries for at most 24 h",
      "entity 'long': absentTtl is 25 h; Momento keeps entries for at most 24 h",
      "entity 'long': prefill has no effect with onChange 'invalidate'",
      "collection 'list': ttl is 30 h; Momento keeps entries for at most 24 h",
    ]);
  });

  test('none at exactly 24 h', () => {
    const day = entity('day', { key: { PK: '{id}' }, onChange: 'refresh', prefill: true, ttl: hours(24) });
    expect(defineCacheMap({ entities: [day] }).warnings).toEqual([]);
  });
});
