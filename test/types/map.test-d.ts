import { describe, expectTypeOf, test } from 'vitest';
import {
  type AnyCollection,
  type AnyEntity,
  binary,
  collection,
  defineCacheMap,
  entity,
  hours,
  type Item,
  type KeyParams,
  keyOf,
  type NumberValue,
  number,
  pick,
  textOf,
} from '../../shared/index.ts';

const options = { onChange: 'refresh', ttl: hours(1) } as const;
const user = entity('user', { key: { PK: 'USER#{username}', SK: 'USER#{username}' }, ...options });
const membership = entity('membership', { key: { PK: 'ORG#{organization}', SK: 'USER#{username}' }, ...options });
const line = entity('line', { key: { PK: 'ORDER#{orderId}', line: number('line') }, ...options });
const blob = entity('blob', { key: { digest: binary('digest') }, ...options });
const settings = entity('settings', { key: { PK: 'SETTINGS' }, ...options });

type ParamsOfEntity<E> = E extends { key(params: infer Params): unknown } ? Params : never;

describe('the parameters of an entity', () => {
  test('are inferred from its templates', () => {
    expectTypeOf<ParamsOfEntity<typeof user>>().toEqualTypeOf<{ readonly username: string }>();
    expectTypeOf<ParamsOfEntity<typeof membership>>().toEqualTypeOf<{
      readonly organization: string;
      readonly username: string;
    }>();
    expectTypeOf(membership.match).returns.toEqualTypeOf<
      { readonly organization: string; readonly username: string } | undefined
    >();
  });

  test('have the type of their attribute', () => {
    expectTypeOf<ParamsOfEntity<typeof line>>().toEqualTypeOf<{
      readonly orderId: string;
      readonly line: number | bigint | NumberValue;
    }>();
    expectTypeOf<ParamsOfEntity<typeof blob>>().toEqualTypeOf<{ readonly digest: Uint8Array }>();
  });

  test('leave escaped braces out', () => {
    const escaped = entity('escaped', { key: { PK: '{{not}}#{{{name}}}#{other}' }, ...options });
    expectTypeOf<ParamsOfEntity<typeof escaped>>().toEqualTypeOf<{ readonly name: string; readonly other: string }>();
  });

  test('are those of the function, also where they are an interface', () => {
    interface ReportParams {
      year: number;
    }
    const report = entity('report', {
      key: keyOf<ReportParams>({
        attributes: ['PK'],
        build: ({ year }) => ({ PK: `${year}` }),
        match: () => ({ year: 1 }),
      }),
      ...options,
    });
    expectTypeOf<ParamsOfEntity<typeof report>>().toEqualTypeOf<{ readonly year: number }>();
    expectTypeOf(report).toExtend<AnyEntity>();
  });

  test('are any text where the template is not known to the compiler', () => {
    const dynamic = entity('dynamic', { key: { PK: 'X#{id}' as string }, ...options });
    expectTypeOf<ParamsOfEntity<typeof dynamic>>().toEqualTypeOf<{ readonly [name: string]: string }>();
  });

  test('a wrong name, a missing one, a stray one and a wrong type do not compile', () => {
    user.key({ username: 'alice' });
    // @ts-expect-error: there is no parameter of this name
    user.key({ userName: 'alice' });
    // @ts-expect-error: a parameter is missing
    membership.key({ username: 'alice' });
    // @ts-expect-error: a parameter too many
    user.key({ username: 'alice', organization: 'acme' });
    // @ts-expect-error: not text
    user.key({ username: 42 });
    // @ts-expect-error: not a number
    line.key({ orderId: 'o', line: '1' });
    settings.key({});
    // @ts-expect-error: it has no parameters
    settings.key({ id: 'x' });
  });
});

describe('an entity', () => {
  test('keeps its literal name', () => {
    expectTypeOf(user.name).toEqualTypeOf<'user'>();
  });

  test('has the value that project gives, or the item', () => {
    const projected = entity('p', { key: { PK: '{id}' }, ...options, project: (item) => ({ id: textOf(item, 'id') }) });
    expectTypeOf(projected.project).returns.toEqualTypeOf<{ id: string }>();
    expectTypeOf(user.project).returns.toEqualTypeOf<Item>();
    const picked = entity('q', { key: { PK: '{id}' }, ...options, project: pick('a', 'b') });
    expectTypeOf(picked.project).returns.toHaveProperty('a');
    expectTypeOf(picked.project).returns.not.toHaveProperty('c');
  });

  test('of any parameters is an AnyEntity', () => {
    expectTypeOf(user).toExtend<AnyEntity>();
    expectTypeOf(line).toExtend<AnyEntity>();
    expectTypeOf(settings).toExtend<AnyEntity>();
  });

  test('cannot be made with an unknown option value', () => {
    // @ts-expect-error: not a reaction
    entity('x', { key: { PK: '{id}' }, onChange: 'delete', ttl: hours(1) });
    // @ts-expect-error: a bare number is not a duration
    entity('x', { key: { PK: '{id}' }, onChange: 'refresh', ttl: 3600 });
    // @ts-expect-error: a number is not a template
    entity('x', { key: { PK: 42 }, onChange: 'refresh', ttl: hours(1) });
  });
});

describe('a collection', () => {
  const query = () => ({ KeyConditionExpression: 'PK = :pk' });
  const listing = { onChange: 'invalidate', ttl: hours(1) } as const;

  test('without parameters takes {} and nothing else', () => {
    const all = collection('all', { of: user, by: () => [{}], query, ...listing });
    all.query({});
    // @ts-expect-error: it has no parameters
    all.query({ createdBy: 'alice' });
    const some = collection('some', { of: user, by: (image) => (image.open === true ? [{}] : []), query, ...listing });
    some.query({});
    // @ts-expect-error: it has no parameters
    some.query({ createdBy: 'alice' });
  });

  test('infers its parameters from by, and gives them to query', () => {
    const mine = collection('mine', {
      of: user,
      by: (image) => (image.hidden === true ? [] : [{ createdBy: textOf(image, 'createdBy'), page: 1 }]),
      query: (params) => {
        expectTypeOf(params).toEqualTypeOf<{ readonly createdBy: string; readonly page: number }>();
        return query();
      },
      ...listing,
    });
    mine.query({ createdBy: 'alice', page: 1 });
    // @ts-expect-error: there is no parameter of this name
    mine.query({ creator: 'alice', page: 1 });
    expectTypeOf(mine).toExtend<AnyCollection>();
    expectTypeOf(mine.name).toEqualTypeOf<'mine'>();
  });

  test('tells by the name of the entity, one of those in `of`', () => {
    collection('both', {
      of: [user, line],
      by: (_image, name) => {
        expectTypeOf(name).toEqualTypeOf<'user' | 'line'>();
        return [{}];
      },
      query,
      ...listing,
    });
  });

  test('does not compile where by and query disagree, or a parameter is neither text nor number', () => {
    collection('x', {
      of: user,
      by: () => [{ createdBy: 'alice' }],
      // @ts-expect-error: by gives no such parameter
      query: (params: { creator: string }) => ({ ...query(), IndexName: params.creator }),
      ...listing,
    });
    // @ts-expect-error: not text or a number
    collection('x', { of: user, by: () => [{ open: true }], query, ...listing });
    // @ts-expect-error: an attribute may hold anything; make sure that it is text
    collection('x', { of: user, by: (image) => [{ createdBy: image.createdBy }], query, ...listing });
  });

  test('and entities of any kind make a map, whose match gives plain parameters', () => {
    const all = collection('all', { of: [user, membership], by: () => [{}], query, ...listing });
    const map = defineCacheMap({ entities: [user, membership], collections: [all] });
    const match = map.match({ PK: 'x', SK: 'y' });
    if (match.kind === 'entity') expectTypeOf(match.params).toEqualTypeOf<KeyParams>();
  });
});
