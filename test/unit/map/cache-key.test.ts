import { describe, expect, test } from 'vitest';
import { NumberValue } from '../../../shared/entry/item.ts';
import { entryKey, epochKey, generationKey, pageKey } from '../../../shared/map/cache-key.ts';
import { type CollectionParams, collection } from '../../../shared/map/collection.ts';
import { entity } from '../../../shared/map/entity.ts';
import { InvalidKeyError, InvalidNamespaceError } from '../../../shared/map/errors.ts';
import { binary, number } from '../../../shared/map/key-template.ts';
import { hours } from '../../../shared/time.ts';

const options = { onChange: 'invalidate', ttl: hours(1) } as const;
const membership = entity('membership', { key: { PK: 'ORG#{o}', SK: 'USER#{u}' }, ...options, version: 2 });
const line = entity('line', { key: { id: number('id') }, ...options });
const blob = entity('blob', { key: { id: binary('id') }, ...options });
const mine = collection('my-orders', {
  of: membership,
  by: (): CollectionParams[] => [],
  query: () => ({ KeyConditionExpression: 'PK = :pk' }),
  ...options,
});

describe('entry keys', () => {
  test('are namespace, entity, version and the percent-encoded primary key', () => {
    expect(entryKey('prod', membership, { PK: 'ORG#acme', SK: 'USER#a b' })).toBe(
      'prod:membership@2:ORG%23acme:USER%23a%20b',
    );
  });

  test('do not depend on the order of the attributes', () => {
    expect(entryKey('prod', membership, { SK: 's', PK: 'p' })).toBe('prod:membership@2:p:s');
  });

  test('do not confuse where one part ends', () => {
    expect(entryKey('n', membership, { PK: 'ORG#a', SK: 'b#c' })).not.toBe(
      entryKey('n', membership, { PK: 'ORG#a#b', SK: 'c' }),
    );
    expect(entryKey('n', membership, { PK: 'a:b', SK: 'c' })).not.toBe(
      entryKey('n', membership, { PK: 'a', SK: 'b:c' }),
    );
  });

  test('have no braces, so that they spread over a Redis cluster', () => {
    expect(entryKey('n', membership, { PK: '{same}', SK: '{slot}' })).not.toMatch(/[{}]/);
  });

  test("are the same for a read's number and a record's", () => {
    for (const id of [42, 42n, NumberValue.from('42'), NumberValue.from('42.0'), NumberValue.from('4.2E+1')]) {
      expect(entryKey('n', line, { id })).toBe('n:line@1:n=42');
    }
    expect(entryKey('n', line, line.key({ id: -1.5 }))).toBe('n:line@1:n=-1.5');
    expect(entryKey('n', line, { id: NumberValue.from('1E-3') })).toBe('n:line@1:n=0.001');
  });

  test('hold binaries as url-safe base64', () => {
    expect(entryKey('n', blob, { id: new Uint8Array([251, 255, 0]) })).toBe('n:blob@1:b=-_8A');
  });

  test('tell text from number and binary', () => {
    expect(entryKey('n', line, { id: 'n=42' })).toBe('n:line@1:n%3D42');
  });

  test.each([
    [{ PK: 'p' }, 'exactly PK and SK'],
    [{ PK: 'p', SK: 's', other: 'x' }, 'exactly PK and SK'],
    [{ PK: 'p', sk: 's' }, 'exactly PK and SK'],
    [{ PK: 'p', SK: '' }, "'SK' must not be empty"],
    [{ PK: 'p', SK: '\ud800' }, 'lone surrogate'],
    [{ PK: 'p', SK: Number.NaN }, "'SK' is not a value that DynamoDB can store"],
  ])('are refused for %j', (key, reason) => {
    const build = () => entryKey('n', membership, key as Record<string, string>);
    expect(build).toThrow(InvalidKeyError);
    expect(build).toThrow(reason);
  });
});

describe('collection keys', () => {
  test('share the hash tag of their collection', () => {
    expect(epochKey('prod', mine)).toBe('{prod:my-orders@1}:epoch');
    expect(generationKey('prod', mine, { createdBy: 'a&b=c' })).toBe(
      '{prod:my-orders@1}:generation:createdBy=a%26b%3Dc',
    );
    expect(pageKey('prod', mine, { createdBy: 'alice' }, { limit: 20, cursor: 'x:y' })).toBe(
      '{prod:my-orders@1}:page:createdBy=alice:limit=20&cursor=x%3Ay',
    );
  });

  test('without parameters there is nothing behind the colon', () => {
    expect(generationKey('prod', mine, {})).toBe('{prod:my-orders@1}:generation:');
    expect(pageKey('prod', mine, {}, {})).toBe('{prod:my-orders@1}:page::');
  });

  test('do not depend on the order of the parameters', () => {
    expect(generationKey('n', mine, { a: '1', b: '2' })).toBe(generationKey('n', mine, { b: '2', a: '1' }));
  });

  test('tell the number 1 from the text 1, and zero is zero', () => {
    expect(generationKey('n', mine, { a: 1 })).not.toBe(generationKey('n', mine, { a: '1' }));
    expect(generationKey('n', mine, { a: -0 })).toBe(generationKey('n', mine, { a: 0 }));
  });

  test('tell an empty cursor from none', () => {
    expect(pageKey('n', mine, {}, { cursor: '' })).not.toBe(pageKey('n', mine, {}, {}));
  });

  test.each([
    [{ a: Number.NaN }, "parameter 'a' must be text or a finite number"],
    [{ a: Number.POSITIVE_INFINITY }, "parameter 'a' must be text or a finite number"],
    [{ a: '\ud800' }, "parameter 'a' is not well-formed text"],
    [{ '\ud800': 'a' }, 'not well-formed'],
  ])('are refused for %j', (params, reason) => {
    for (const build of [() => generationKey('n', mine, params), () => pageKey('n', mine, params, {})]) {
      expect(build).toThrow(InvalidKeyError);
      expect(build).toThrow(reason);
    }
  });

  test('a parameter that is missing is missing, not the text "undefined"', () => {
    const params: CollectionParams = JSON.parse('{"a":null}');
    expect(() => generationKey('n', mine, params)).toThrow("collection 'my-orders': parameter 'a'");
  });

  test.each([0, -1, 1.5, Number.NaN])('a limit of %s is refused', (limit) => {
    expect(() => pageKey('n', mine, {}, { limit })).toThrow("parameter 'limit' must be a positive whole number");
  });
});

test.each(['', 'a:b', '{a}', 'a b', '-a', 'é', 'x'.repeat(65)])('the namespace %j is refused', (namespace) => {
  expect(() => entryKey(namespace, line, { id: 1 })).toThrow(InvalidNamespaceError);
  expect(() => epochKey(namespace, mine)).toThrow(InvalidNamespaceError);
});
