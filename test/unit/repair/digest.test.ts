import { describe, expect, it } from 'vitest';
import { NumberValue } from '../../../shared/index.ts';
import { digestOf } from '../../../shared/repair/digest.ts';

const bytes = (...values: number[]) => new Uint8Array(values);

describe('two values have one digest', () => {
  it.each<[string, unknown, unknown]>([
    ['attributes in another order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    ['a set in another order', new Set(['a', 'b']), new Set(['b', 'a'])],
    ['a set of binaries in another order', new Set([bytes(1), bytes(2)]), new Set([bytes(2), bytes(1)])],
    ['the same digits', NumberValue.from('0.12345678901234567'), NumberValue.from('0.12345678901234567')],
  ])('%s', (_, a, b) => {
    expect(digestOf(a)).toBe(digestOf(b));
  });
});

describe('two values have two digests', () => {
  it.each<[string, unknown, unknown]>([
    ['a number and its text', 1, '1'],
    ['null and its text', null, 'null'],
    ['a list in another order', [1, 2], [2, 1]],
    ['a list and a set', ['a'], new Set(['a'])],
    ['a list of two and one of their texts', ['a', 'b'], ['a,b']],
    ['an attribute more', { a: 1 }, { a: 1, b: null }],
    ['an attribute of another name', { a: 1 }, { b: 1 }],
    ['a separator within a name', { 'a":1,"b': 2 }, { a: 1, b: 2 }],
    [
      'digits that no double tells apart',
      NumberValue.from('0.123456789012345678'),
      NumberValue.from('0.123456789012345679'),
    ],
    ['integers that no double tells apart', 2n ** 70n, 2n ** 70n + 1n],
    ['binaries', bytes(1), bytes(2)],
    ['a binary and its text', bytes(1), 'AQ=='],
    ['an empty object and an empty list', {}, []],
    ['an empty set and an empty list', new Set(), []],
  ])('%s', (_, a, b) => {
    expect(digestOf(a)).not.toBe(digestOf(b));
  });
});

it('is no value: a digest can stand in a queue', () => {
  expect(digestOf({ name: 'canary' })).toMatch(/^[0-9a-f]{64}$/);
});
