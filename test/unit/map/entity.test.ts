import { describe, expect, test } from 'vitest';
import { NumberValue, type PrimaryKey } from '../../../shared/entry/item.ts';
import { entity } from '../../../shared/map/entity.ts';
import { InvalidKeyError, MapDefinitionError } from '../../../shared/map/errors.ts';
import { keyOf } from '../../../shared/map/key-function.ts';
import type { KeyFunction, KeyTemplates } from '../../../shared/map/key-scheme.ts';
import { binary, number } from '../../../shared/map/key-template.ts';
import { type Duration, hours, minutes, seconds } from '../../../shared/time.ts';

const define = <const Key extends KeyTemplates | KeyFunction>(key: Key) =>
  entity('thing', { key, onChange: 'refresh', ttl: hours(1) });

/** For parameters that the compiler would refuse, as they come from JavaScript or from a request. */
const untyped = (params: object) => JSON.parse(JSON.stringify(params));

describe('defaults', () => {
  test('absences for 5 minutes, no prefill, the whole item, version 1', () => {
    const thing = define({ PK: 'THING#{id}' });
    expect(thing).toMatchObject({ absentTtl: minutes(5), prefill: false, projects: false, version: 1 });
    expect(thing.project({ a: 1 })).toEqual({ a: 1 });
    expect(thing.versionOf({ a: 1 })).toBeUndefined();
  });

  test('a projection is applied and announced', () => {
    const thing = entity('thing', {
      key: { PK: '{id}' },
      onChange: 'refresh',
      ttl: hours(1),
      project: ({ a }) => ({ a }),
    });
    expect(thing.projects).toBe(true);
    expect(thing.project({ a: 1, b: 2 })).toEqual({ a: 1 });
  });
});

describe('text keys', () => {
  const membership = define({ PK: 'ORG#{organization}', SK: 'USER#{username}' });
  const order = define({ PK: 'TENANT#{tenant}#ORDER#{id}', SK: 'TENANT#{tenant}' });

  test('parameters become a key in the order of the definition', () => {
    expect(membership.keyAttributes).toEqual(['PK', 'SK']);
    expect(membership.key({ organization: 'acme', username: 'alice' })).toEqual({ PK: 'ORG#acme', SK: 'USER#alice' });
  });

  test("a record's key is recognised whatever the order of its attributes", () => {
    expect(membership.match({ SK: 'USER#alice', PK: 'ORG#acme' })).toEqual({
      organization: 'acme',
      username: 'alice',
    });
  });

  test.each<[PrimaryKey, string]>([
    [{ PK: 'ORG#acme' }, 'an attribute is missing'],
    [{ PK: 'ORG#acme', SK: 'USER#alice', GSI1PK: 'x' }, 'there is another attribute'],
    [{ PK: 'ORG#acme', sk: 'USER#alice' }, 'an attribute has another name'],
    [{ PK: 'ORG#acme', SK: 42 }, 'a value is a number'],
    [{ PK: 'ORG#acme', SK: Buffer.from('USER#alice') }, 'a value is binary'],
    [{ PK: 'ORG#acme', SK: 'USER#\ud800' }, 'a value is not well-formed text'],
  ])('a key is not recognised where %j (%s)', (key) => {
    expect(membership.match(key)).toBeUndefined();
  });

  test('a repeated parameter must be the same text everywhere', () => {
    expect(order.match({ PK: 'TENANT#t#ORDER#1', SK: 'TENANT#t' })).toEqual({ tenant: 't', id: '1' });
    expect(order.match({ PK: 'TENANT#t#ORDER#1', SK: 'TENANT#u' })).toBeUndefined();
  });

  test('a singleton has no parameters', () => {
    const settings = define({ PK: 'SETTINGS', SK: 'SETTINGS' });
    expect(settings.key({})).toEqual({ PK: 'SETTINGS', SK: 'SETTINGS' });
    expect(settings.match({ PK: 'SETTINGS', SK: 'SETTINGS' })).toEqual({});
  });

  test.each([
    [{ tenant: 'a#b', id: '1' }, 'tenant', "must not contain '#'"],
    [{ tenant: '', id: '1' }, 'tenant', 'must not be empty'],
    [{ tenant: 't', id: '\udc00' }, 'id', 'not well-formed'],
    [{ tenant: 't', id: 'x'.repeat(2_048) }, undefined, "'PK' is 2063 bytes long, and DynamoDB allows 2048"],
    [{ tenant: 'é'.repeat(600), id: '1' }, 'tenant', "'SK' is 1207 bytes long, and DynamoDB allows 1024"],
  ])('parameters that belong to no item are refused: %#', (params, parameter, reason) => {
    expect(() => order.key(params)).toThrow(InvalidKeyError);
    expect(() => order.key(params)).toThrow(expect.objectContaining({ subject: "entity 'thing'", parameter }));
    expect(() => order.key(params)).toThrow(reason);
  });

  test.each([
    [{ id: '1' }, 'tenant', 'is missing'],
    [{ tenant: 7, id: '1' }, 'tenant', 'must be text'],
    [{ tenant: null, id: '1' }, 'tenant', 'must be text'],
  ])('parameters of the wrong type are refused at run time too: %j', (params, parameter, reason) => {
    expect(() => order.key(untyped(params))).toThrow(`entity 'thing': parameter '${parameter}' ${reason}`);
  });

  test('a parameter that is named like an inherited property is missing when it is missing', () => {
    expect(() => define({ PK: '{constructor}' }).key(untyped({}))).toThrow("'constructor' is missing");
  });

  test('the message never quotes the value', () => {
    expect(() => order.key({ tenant: 'secret#tenant', id: '1' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });

  test("DynamoDB's limits count the bytes of the whole attribute, and the limit itself is allowed", () => {
    const thing = define({ PK: 'X#{id}', SK: 'X' });
    expect(thing.key({ id: 'x'.repeat(2_046) }).PK).toHaveLength(2_048);
    expect(() => thing.key({ id: 'x'.repeat(2_047) })).toThrow("parameter 'id' is too long");
  });
});

describe('number keys', () => {
  const line = define({ PK: 'ORDER#{orderId}', line: number('line') });

  test.each([
    [42, 42],
    [42n, 42],
    [NumberValue.from('42'), 42],
    [NumberValue.from('4.20E1'), 42],
    [-0, 0],
    [1.5, 1.5],
    [2n ** 60n, 2n ** 60n],
    [NumberValue.from('9007199254740993'), 9007199254740993n],
    [
      NumberValue.from('0.10000000000000000000000000000000000001'),
      NumberValue.from('0.10000000000000000000000000000000000001'),
    ],
  ])('%s is one canonical number, in the key and back', (given, canonical) => {
    const key = line.key({ orderId: 'o', line: given });
    expect(key).toEqual({ PK: 'ORDER#o', line: canonical });
    expect(line.match(key)).toEqual({ orderId: 'o', line: canonical });
  });

  test('an integer beyond 2^53 that a record holds as a double is read as the bigint that the double prints', () => {
    expect(line.match({ PK: 'ORDER#o', line: 2 ** 60 })).toEqual({ orderId: 'o', line: 1_152_921_504_606_847_000n });
  });

  test.each([
    [2 ** 53, 'give a bigint'],
    [Number.NaN, 'a number that DynamoDB can store'],
    [Number.POSITIVE_INFINITY, 'a number that DynamoDB can store'],
    [10n ** 38n + 1n, 'up to 38 digits'],
    [NumberValue.from('1E126'), 'up to 38 digits'],
    [NumberValue.from('1E-131'), 'up to 38 digits'],
    [NumberValue.from('1E99999999999999999999'), 'up to 38 digits'],
    [NumberValue.from('forty-two'), 'a number that DynamoDB can store'],
  ])('%s is refused', (given, reason) => {
    expect(() => line.key({ orderId: 'o', line: given })).toThrow(reason);
  });

  test('text is neither a number nor recognised as one', () => {
    expect(() => line.key(untyped({ orderId: 'o', line: '42' }))).toThrow("parameter 'line' must be a number");
    expect(line.match({ PK: 'ORDER#o', line: '42' })).toBeUndefined();
  });

  test('a repeated number must be the same number', () => {
    const twice = define({ a: number('id'), b: number('id') });
    expect(twice.match({ a: 42n, b: NumberValue.from('4.2E1') })).toEqual({ id: 42 });
    expect(twice.match({ a: 42, b: 43 })).toBeUndefined();
  });
});

describe('binary keys', () => {
  const blob = define({ digest: binary('digest') });

  test('bytes go in and come back', () => {
    const key = blob.key({ digest: new Uint8Array([0, 255]) });
    expect(key).toEqual({ digest: new Uint8Array([0, 255]) });
    expect(blob.match(key)).toEqual({ digest: new Uint8Array([0, 255]) });
  });

  test('what is empty, too long or not binary is refused', () => {
    expect(() => blob.key({ digest: new Uint8Array() })).toThrow("parameter 'digest' must not be empty");
    expect(() => blob.key({ digest: new Uint8Array(2_049) })).toThrow('2049 bytes long');
    expect(() => blob.key(untyped({ digest: 'AP8=' }))).toThrow('must be binary');
    expect(blob.match({ digest: 'AP8=' })).toBeUndefined();
  });
});

describe('keys by functions', () => {
  const report = define(
    keyOf<{ year: number }>({
      attributes: ['PK'],
      build: ({ year }) => ({ PK: `REPORT#${String(year).padStart(4, '0')}` }),
      match: ({ PK }) => {
        const year = /^REPORT#(\d{4})$/.exec(String(PK))?.[1];
        return year === undefined ? undefined : { year: Number(year) };
      },
    }),
  );

  test('build and match are used for reads and records', () => {
    expect(report.key({ year: 987 })).toEqual({ PK: 'REPORT#0987' });
    expect(report.match({ PK: 'REPORT#0987' })).toEqual({ year: 987 });
    expect(report.match({ PK: 'USER#alice' })).toBeUndefined();
    expect(report.match({ PK: 'REPORT#0987', SK: 'x' })).toBeUndefined();
  });

  test('a key that match would not recognise is refused: its changes would never arrive', () => {
    expect(() => report.key({ year: 12_345 })).toThrow(InvalidKeyError);
    expect(() => report.key({ year: 12_345 })).toThrow('match does not recognise');
  });

  test.each([
    [{}, 'must give exactly PK'],
    [{ PK: 'x', SK: 'y' }, 'must give exactly PK'],
    [{ PK: '' }, "the key attribute 'PK' must not be empty"],
    [{ PK: '\ud800' }, "the key attribute 'PK' is not well-formed"],
    [{ PK: 'x'.repeat(2_049) }, '2049 bytes long'],
  ])('what build gives is checked: %#', (built, reason) => {
    const thing = define(keyOf<{ id: string }>({ attributes: ['PK'], build: () => built, match: () => ({ id: 'x' }) }));
    expect(() => thing.key({ id: 'x' })).toThrow(InvalidKeyError);
    expect(() => thing.key({ id: 'x' })).toThrow(reason);
  });

  test('a function that throws becomes an InvalidKeyError with the cause', () => {
    const cause = new RangeError('no');
    const fail = (): never => {
      throw cause;
    };
    const thing = define(keyOf<{ id: string }>({ attributes: ['PK'], build: fail, match: fail }));
    expect(() => thing.key({ id: 'x' })).toThrow(expect.objectContaining({ name: 'InvalidKeyError', cause }));
    expect(() => thing.match({ PK: 'x' })).toThrow(expect.objectContaining({ name: 'InvalidKeyError', cause }));
  });

  test('numbers that build gives are canonical', () => {
    const thing = define(
      keyOf<{ id: number }>({
        attributes: ['id'],
        build: ({ id }) => ({ id: BigInt(id) }),
        match: ({ id }) => ({ id: Number(id) }),
      }),
    );
    expect(thing.key({ id: 42 })).toEqual({ id: 42 });
  });
});

describe('versions', () => {
  const versioned = (versionBy: Parameters<typeof entity>[1]['versionBy'] & {}) =>
    entity('thing', { key: { PK: '{id}' }, onChange: 'refresh', ttl: hours(1), versionBy });

  test.each([
    [7, 7],
    [7n, 7n],
    ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z'],
    [NumberValue.from('9007199254740993'), 9007199254740993n],
    [NumberValue.from('1.5'), 1.5],
    [NumberValue.from('1.0000000000000000000000000001'), undefined],
    [true, undefined],
    [null, undefined],
    [new Uint8Array([1]), undefined],
  ])('an attribute that holds %s gives the version %s', (value, version) => {
    expect(versioned('revision').versionOf({ revision: value })).toBe(version);
  });

  test('an item without the attribute has no version', () => {
    expect(versioned('revision').versionOf({})).toBeUndefined();
    expect(versioned('toString').versionOf({})).toBeUndefined();
  });

  test('a function may compute it, or say that there is none', () => {
    const thing = versioned(({ a }) => (typeof a === 'number' ? a * 2 : undefined));
    expect(thing.versionOf({ a: 21 })).toBe(42);
    expect(thing.versionOf({})).toBeUndefined();
    expect(versioned(() => Number.NaN).versionOf({})).toBeUndefined();
  });
});

describe('a definition that cannot work is refused, and names the entity', () => {
  const options = { key: { PK: '{id}' }, onChange: 'refresh', ttl: hours(1) } as const;
  test.each([
    [{ ttl: seconds(59) }, 'ttl is 59 s; entries must live at least as long as a tombstone, 60 s'],
    [{ absentTtl: seconds(30) }, 'absentTtl is 30 s'],
    [{ ttl: seconds(60.5) }, 'ttl is 60500 ms; the stores keep whole seconds'],
    [{ ttl: Number.NaN as Duration }, 'ttl is NaN'],
    [{ version: 0 }, 'version is 0'],
    [{ version: 1.5 }, 'version is 1.5'],
    [{ versionBy: '' }, 'versionBy is empty'],
    [{ key: {} }, 'the key has no attributes'],
    [{ key: { a: 'a', b: 'b', c: 'c' } }, 'the key has 3 attributes'],
    [{ key: { '': 'a' } }, 'empty name'],
    [{ key: { PK: '{id' } }, "attribute 'PK'"],
    [{ key: { PK: 'X#{id}', SK: number('id') } }, "parameter 'id' is text in 'PK' and number in 'SK'"],
    [{ key: { PK: number('{id}') } }, "the parameter name '{id}'; give the bare name"],
    [{ key: keyOf({ attributes: ['PK', 'PK'], build: () => ({}), match: () => undefined }) }, "'PK' twice"],
    [{ key: keyOf({ attributes: [], build: () => ({}), match: () => undefined }) }, 'no attributes'],
  ])('%#', (change, reason) => {
    const definition = () => entity('thing', { ...options, ...change });
    expect(definition).toThrow(MapDefinitionError);
    expect(definition).toThrow("entity 'thing'");
    expect(definition).toThrow(reason);
  });

  test.each(['', 'a b', 'a:b', 'a@b', '{a}', '1st', 'é', 'x'.repeat(65)])('the name %j', (name) => {
    expect(() => entity(name, options)).toThrow(MapDefinitionError);
    expect(() => entity(name, options)).toThrow(JSON.stringify(name));
  });

  test('an unknown onChange, which only JavaScript can give', () => {
    expect(() => entity('thing', untyped({ ...options, onChange: 'delete' }))).toThrow(
      `onChange is "delete"; give 'refresh' or 'invalidate'`,
    );
  });

  test('exactly 60 s is allowed', () => {
    expect(entity('thing', { ...options, ttl: seconds(60), absentTtl: seconds(60) }).ttl).toBe(60_000);
  });
});
