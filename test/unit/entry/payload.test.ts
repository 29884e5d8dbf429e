import { describe, expect, it } from 'vitest';
import { CorruptPayloadError, UnsupportedValueError } from '../../../shared/entry/errors.ts';
import { NumberValue } from '../../../shared/entry/item.ts';
import { decodePayload, encodePayload, type Payload, payloadToJson } from '../../../shared/entry/payload.ts';

const stored = (value: unknown): { format: string; text: string } => {
  const { format, body } = encodePayload(value);
  return { format, text: Buffer.from(body).toString('utf8') };
};
const payload = (format: Payload['format'], text: string | Uint8Array): Payload => ({
  format,
  body: typeof text === 'string' ? new Uint8Array(Buffer.from(text)) : text,
});

describe('a value that JSON keeps', () => {
  it.each([['text'], [1.5], [true], [null], [[]], [{}], [{ a: [1, { b: null }] }], [{ S: 'x', __proto__: null }]])(
    'is stored as its JSON: %j',
    (value) => {
      expect(stored(value)).toEqual({ format: 'json', text: JSON.stringify(value) });
    },
  );

  it('loses undefined properties and the sign of zero, as in JSON and in DynamoDB', () => {
    expect(stored({ a: undefined, b: -0 })).toEqual({ format: 'json', text: '{"b":0}' });
  });

  it('keeps lone surrogates and an attribute named __proto__', () => {
    const value: unknown = JSON.parse('{"__proto__":{"x":"\\ud800"},"\\udfff":1}');
    expect(decodePayload(encodePayload(value))).toStrictEqual(value);
  });

  it('becomes an HTTP body without being parsed', () => {
    expect(payloadToJson(payload('json', '{ "a" : 1 }'))).toBe('{ "a" : 1 }');
  });
});

describe('a value that JSON would change', () => {
  it.each([
    ['a bigint', 2n ** 64n],
    ['a small bigint', 5n],
    ['a bigint that a double prints exactly', 10n ** 21n],
    ['a number of 38 digits', NumberValue.from('1.2345678901234567890123456789012345678')],
    ['a NumberValue that could be a number', NumberValue.from('1.50')],
    ['binary', new Uint8Array([0, 1, 254, 255])],
    ['empty binary', new Uint8Array()],
    ['a set of texts', new Set(['a', ''])],
    ['a set of numbers of every kind', new Set([1, 1n, NumberValue.from('1'), 2n ** 70n])],
    ['a set of binaries', new Set([new Uint8Array([1]), new Uint8Array()])],
    ['an empty set', new Set()],
    ['all of them nested beside plain values', { list: [{ n: 1n }, null, 1.5, 'x', false], set: new Set(['a']) }],
    ['names that look like tags', { S: 1n, N: { B: 'text' }, is: 'bigint', M: {} }],
  ])('comes back exactly: %s', (_, value) => {
    const encoded = encodePayload(value);
    expect(encoded.format).toBe('typed');
    expect(decodePayload(encoded)).toStrictEqual(value);
  });

  it('keeps an attribute named __proto__', () => {
    const value: unknown = Object.defineProperty({ big: 1n }, '__proto__', { value: 'own', enumerable: true });
    const decoded = decodePayload(encodePayload(value));
    expect(Object.entries(Object(decoded))).toEqual([
      ['big', 1n],
      ['__proto__', 'own'],
    ]);
  });

  it('is readable as DynamoDB JSON, with the type beside a number only where the digits do not tell', () => {
    expect(stored({ id: 2n ** 64n, count: 5n, raw: new Uint8Array([1, 2]), gone: undefined })).toEqual({
      format: 'typed',
      text: '{"M":{"id":{"N":"18446744073709551616"},"count":{"N":"5","is":"bigint"},"raw":{"B":"AQI="}}}',
    });
  });

  it('becomes an HTTP body with all digits, base64 for binary and lists for sets', () => {
    const value = { id: 2n ** 64n, price: NumberValue.from('0.12345678901234567890'), raw: new Uint8Array([1, 2]) };
    expect(payloadToJson(encodePayload({ ...value, tags: new Set(['a', 'b']), none: null, list: [1n, 'x'] }))).toBe(
      '{"id":18446744073709551616,"price":0.12345678901234567890,"raw":"AQI=","tags":["a","b"],"none":null,"list":[1,"x"]}',
    );
  });
});

describe('a value that nothing keeps', () => {
  class Money {}
  const cycle: { self?: unknown } = {};
  cycle.self = { again: cycle };
  const deep = Array.from({ length: 100_000 }).reduce<unknown>((inner) => [inner], 'x');
  // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
  const sparse = [1, , 2];

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'the value itself'],
    ['undefined in a list', { list: [1, undefined] }, 'list[1]'],
    ['a hole in a list', sparse, '[1]'],
    ['a date', { created: { at: new Date(0) } }, 'created.at'],
    ['a map', { 'odd name': new Map() }, '["odd name"]'],
    ['a class instance', [[new Money()]], '[0][0]'],
    ['a function', { f: () => 1 }, 'f'],
    ['a symbol', { s: Symbol('s') }, 's'],
    ['a symbol as name', { o: { [Symbol('s')]: 1 } }, 'o'],
    ['NaN', { n: Number.NaN }, 'n'],
    ['Infinity', [Number.NEGATIVE_INFINITY], '[0]'],
    ['a NumberValue of no number', { n: NumberValue.from('secret') }, 'n'],
    ['another typed array', { n: new Float64Array(1) }, 'n'],
    ['a mixed set', { n: new Set(['a', 1]) }, 'n'],
    ['a set with NaN', { n: new Set([1, Number.NaN]) }, 'n[1]'],
    ['a container of itself', cycle, 'self.again'],
  ])('is refused, naming its place: %s', (_, value, path) => {
    expect(() => encodePayload(value)).toThrow(expect.objectContaining({ name: 'UnsupportedValueError', path }));
  });

  it('is refused when nested without end, instead of exhausting the stack', () => {
    expect(() => encodePayload(deep)).toThrow(UnsupportedValueError);
  });

  it('is not quoted in the message', () => {
    expect(() => encodePayload({ n: NumberValue.from('secret') })).toThrow(/^n is a NumberValue/);
    expect(() => encodePayload({ n: NumberValue.from('secret') })).not.toThrow(/secret/);
  });
});

describe('a body that is not what its header says', () => {
  it.each<[string, Payload]>([
    ['broken JSON', payload('json', '{"name":"secr')],
    ['bytes that are not UTF-8', payload('json', new Uint8Array([0x22, 0xff, 0x22]))],
    ['broken typed JSON', payload('typed', '{"M":')],
    ['JSON without tags', payload('typed', '{"name":"secret"}')],
    ['two tags', payload('typed', '{"S":"secret","N":"1"}')],
    ['a number that is none', payload('typed', '{"N":"secret"}')],
    ['a kind that the digits contradict', payload('typed', '{"N":"1.5","is":"bigint"}')],
    ['an unknown kind', payload('typed', '{"N":"1","is":"secret"}')],
    ['base64 that is none', payload('typed', '{"B":"secret!"}')],
    ['nesting without end', payload('typed', `${'{"L":['.repeat(5_000)}${']}'.repeat(5_000)}`)],
  ])('is a CorruptPayloadError that quotes nothing: %s', (_, corrupt) => {
    expect(() => decodePayload(corrupt)).toThrow(CorruptPayloadError);
    expect(() => decodePayload(corrupt)).not.toThrow(/secr/);
  });

  it('does not become an HTTP body with replacement characters', () => {
    expect(() => payloadToJson(payload('json', new Uint8Array([0x22, 0xff, 0x22])))).toThrow(CorruptPayloadError);
  });
});
