import { describe, expect, it } from 'vitest';
import { MalformedImageError } from '../../../shared/entry/errors.ts';
import { attributesFrom, itemFromAttributes, itemFromImage, NumberValue } from '../../../shared/entry/item.ts';

describe('a number of an image', () => {
  it.each<[string, unknown]>([
    ['0', 0],
    ['-0', 0],
    ['42', 42],
    ['-1.5', -1.5],
    ['0.1', 0.1],
    ['1.50', 1.5],
    ['1e3', 1000],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['1.1e20', 1.1e20],
    ['123456789012345678901', 123456789012345678901n],
    ['12345678901234567890123456789012345678', 12345678901234567890123456789012345678n],
    ['1E125', 1e125],
    [`1${'0'.repeat(125)}`, 1e125],
    ['1.2345678901234567890123456789E+30', 1234567890123456789012345678900n],
    ['0.12345678901234567890123456789012345678', NumberValue.from('0.12345678901234567890123456789012345678')],
    ['1E-130', 1e-130],
    ['1e999999999', NumberValue.from('1e999999999')],
    ['1e-999999999', NumberValue.from('1e-999999999')],
  ])('keeps every digit: %s', (text, expected) => {
    expect(itemFromImage({ n: { N: text } }).n).toStrictEqual(expected);
  });

  it.each(['', ' 1', 'NaN', 'Infinity', '0x10', '1_000', '.', '1e', '--1'])(
    'is refused when it is none: %j',
    (text) => {
      expect(() => itemFromImage({ n: { N: text } })).toThrow(MalformedImageError);
    },
  );
});

describe('an image', () => {
  it('becomes plain values, with empty ones of every type', () => {
    const image = {
      text: { S: '' },
      list: { L: [] },
      map: { M: {} },
      texts: { SS: [] },
      numbers: { NS: ['1', '9007199254740993'] },
      binaries: { BS: ['AQI=', ''] },
      binary: { B: '/+8=' },
      yes: { BOOL: true },
      no: { BOOL: false },
      nothing: { NULL: true },
      nested: { L: [{ M: { S: { S: 'tag-like' } } }] },
    };
    expect(itemFromImage(image)).toStrictEqual({
      text: '',
      list: [],
      map: {},
      texts: new Set(),
      numbers: new Set([1, 9007199254740993n]),
      binaries: new Set([new Uint8Array([1, 2]), new Uint8Array()]),
      binary: new Uint8Array([255, 239]),
      yes: true,
      no: false,
      nothing: null,
      nested: [{ S: 'tag-like' }],
    });
  });

  it('keeps an attribute named __proto__ and leaves prototypes alone', () => {
    const item = itemFromImage(JSON.parse('{"m":{"M":{"__proto__":{"S":"own"}}}}'));
    expect(JSON.stringify(item)).toBe('{"m":{"__proto__":"own"}}');
    expect(Object.getPrototypeOf(item.m)).toBe(Object.prototype);
  });

  it.each<[string, unknown, string, string]>([
    ['not an object', 'secret', 'the value itself', 'a map of attributes'],
    ['an untagged value', { address: { M: { city: 'secret' } } }, 'address.city', 'a tagged value such as {"S": …}'],
    ['no tag', { a: {} }, 'a', 'a tagged value such as {"S": …}'],
    ['two tags', { a: { S: 'secret', N: '1' } }, 'a', 'a value with one type tag'],
    ['an unknown tag', { a: { X: 'secret' } }, 'a', 'one of S, N, B, BOOL, NULL, M, L, SS, NS, BS'],
    ['a text that is none', { a: { S: 1 } }, 'a', 'text (S)'],
    ['a number as number', { a: { N: 1 } }, 'a', 'a decimal number as text (N)'],
    ['a flag as text', { a: { BOOL: 'false' } }, 'a', 'true or false (BOOL)'],
    ['a null that is not', { a: { NULL: false } }, 'a', 'true (NULL)'],
    ['a list that is none', { a: { L: {} } }, 'a', 'a list (L)'],
    ['a broken list element', { a: { L: [{ S: 'x' }, { N: 'secret' }] } }, 'a[1]', 'a decimal number as text (N)'],
    ['a broken set element', { a: { SS: ['x', 1] } }, 'a[1]', 'text (S)'],
    ['base64 that is cut', { a: { B: 'AQI' } }, 'a', 'base64 text (B)'],
    ['base64 with something else in it', { a: { BS: ['AQ!='] } }, 'a[0]', 'base64 text (B)'],
    ['a type hint that only our payloads have', { a: { N: '1', is: 'bigint' } }, 'a', 'a value with one type tag'],
  ])('that is malformed names the place and what was expected, not the data: %s', (_, image, path, expected) => {
    expect(() => itemFromImage(image)).toThrow(
      expect.objectContaining({ name: 'MalformedImageError', path, expected }),
    );
    expect(() => itemFromImage(image)).not.toThrow(/secret/);
  });
});

describe('an item of the SDK', () => {
  it('has bytes for binaries', () => {
    const raw = new Uint8Array([1, 2]);
    expect(itemFromAttributes({ b: { B: raw }, bs: { BS: [raw] } })).toStrictEqual({ b: raw, bs: new Set([raw]) });
  });

  it('is refused when a binary is text, as it is in an image', () => {
    expect(() => itemFromImage({ b: { B: new Uint8Array([1]) } })).toThrow(MalformedImageError);
  });
});

describe('values for the SDK', () => {
  it('are tagged by their type', () => {
    const values = {
      PK: 'USER#alice',
      n: 1.5,
      big: 2n ** 64n,
      exact: NumberValue.from('1.50'),
      raw: new Uint8Array([1]),
      tags: new Set(['a']),
      numbers: new Set([1, 2n]),
      yes: true,
      nothing: null,
      list: [1],
      map: { a: 'x' },
    };
    expect(attributesFrom(values)).toStrictEqual({
      PK: { S: 'USER#alice' },
      n: { N: '1.5' },
      big: { N: '18446744073709551616' },
      exact: { N: '1.50' },
      raw: { B: new Uint8Array([1]) },
      tags: { SS: ['a'] },
      numbers: { NS: ['1', '2'] },
      yes: { BOOL: true },
      nothing: { NULL: true },
      list: { L: [{ N: '1' }] },
      map: { M: { a: { S: 'x' } } },
    });
  });

  it.each<[string, { [name: string]: never | number | Set<string> }, string]>([
    ['an empty set', { tags: new Set<string>() }, 'tags'],
    ['NaN', { n: Number.NaN }, 'n'],
  ])('are refused where DynamoDB has no such thing: %s', (_, values, path) => {
    expect(() => attributesFrom(values)).toThrow(expect.objectContaining({ name: 'UnsupportedValueError', path }));
  });
});
