import { describe, expect, test } from 'vitest';
import { type CollectionOptions, collection } from '../../../shared/map/collection.ts';
import { type AnyEntity, entity } from '../../../shared/map/entity.ts';
import { MapDefinitionError } from '../../../shared/map/errors.ts';
import { textOf } from '../../../shared/map/item-attributes.ts';
import { type Duration, hours, milliseconds, minutes, seconds } from '../../../shared/time.ts';

const order = entity('order', { key: { PK: 'ORDER#{id}' }, onChange: 'refresh', ttl: hours(1) });
const draft = entity('draft', { key: { PK: 'DRAFT#{id}' }, onChange: 'refresh', ttl: hours(1) });
const options = {
  of: order,
  by: () => [{}],
  query: () => ({ KeyConditionExpression: 'PK = :pk' }),
  onChange: 'invalidate',
  ttl: minutes(30),
} as const;

test('by default it settles for 2 seconds, keeps whole items and lets DynamoDB decide the page', () => {
  const all = collection('all', options);
  expect(all).toMatchObject({ settle: seconds(2), pageSize: undefined, version: 1, of: [order] });
  expect(all.project({ a: 1 })).toEqual({ a: 1 });
});

test('by and query are the functions of the user, with their own parameters', () => {
  const mine = collection('mine', {
    ...options,
    of: [order, draft],
    by: (image, entity) => (entity === 'draft' ? [] : [{ owner: textOf(image, 'owner') }]),
    query: ({ owner }) => ({ KeyConditionExpression: 'O = :o', ExpressionAttributeValues: { ':o': owner } }),
    project: ({ id }) => id,
  });
  expect(mine.of).toEqual([order, draft]);
  expect(mine.by({ owner: 'alice' }, 'order')).toEqual([{ owner: 'alice' }]);
  expect(mine.by({ owner: 'alice' }, 'draft')).toEqual([]);
  expect(mine.query({ owner: 'alice' }).ExpressionAttributeValues).toEqual({ ':o': 'alice' });
  expect(mine.project({ id: 7 })).toBe(7);
});

test('a query of the table itself need not settle', () => {
  expect(collection('all', { ...options, settle: seconds(0) }).settle).toBe(0);
  expect(collection('all', { ...options, settle: milliseconds(250) }).settle).toBe(250);
});

describe('a definition that cannot work is refused, and names the collection', () => {
  test.each<[Partial<CollectionOptions<readonly AnyEntity[], object, unknown>>, string]>([
    [{ ttl: seconds(10) }, 'ttl is 10 s'],
    [{ ttl: milliseconds(90_500) }, 'whole seconds'],
    [{ settle: -1 as Duration }, 'settle is -1'],
    [{ settle: minutes(30) }, 'settle is not shorter than ttl'],
    [{ version: 0 }, 'version is 0'],
    [{ pageSize: 0 }, 'pageSize is 0'],
    [{ pageSize: 2.5 }, 'pageSize is 2.5'],
    [{ of: [] }, '`of` is empty'],
  ])('%#', (change, reason) => {
    const definition = () => collection('all', { ...options, ...change });
    expect(definition).toThrow(MapDefinitionError);
    expect(definition).toThrow("collection 'all'");
    expect(definition).toThrow(reason);
  });

  test('an unusable name', () => {
    expect(() => collection('all orders', options)).toThrow('collection "all orders": the name is not usable');
  });
});
