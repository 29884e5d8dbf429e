import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attributesFrom,
  type ItemValue,
  itemFromAttributes,
  itemFromImage,
  NumberValue,
} from '../../shared/entry/item.ts';
import { decodePayload, encodePayload, payloadToJson } from '../../shared/entry/payload.ts';

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '__proto__', 'S', 'is', '\ud800', '\n'));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0);
const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 38 });
/** Numbers as DynamoDB prints them: up to 38 digits, no zeros around them, an exponent where it gets long. */
const decimal = fc
  .tuple(fc.constantFrom('', '-'), digits, digits, fc.constantFrom('', 'E+80', 'E-80'))
  .map(([sign, whole, fraction, exponent]) => {
    const integer = whole.replace(/^0+(?=.)/, '');
    const rest = fraction.slice(0, 38 - integer.length).replace(/0+$/, '');
    return `${sign}${integer}${rest === '' ? '' : `.${rest}`}${exponent}`;
  });
const number = fc.oneof(finite, fc.integer(), fc.bigInt(), decimal.map(NumberValue.from));
const binary = fc.uint8Array({ maxLength: 40 });
const set = fc.oneof(
  fc.array(text).map((elements) => new Set(elements)),
  fc.array(number, { minLength: 1 }).map((elements) => new Set(elements)),
  fc.array(binary, { minLength: 1 }).map((elements) => new Set(elements)),
);
const { value } = fc.letrec<{ value: ItemValue; list: ItemValue[]; map: { [name: string]: ItemValue } }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    binary,
    set,
    tie('list'),
    tie('map'),
  ),
  list: fc.array(tie('value'), { maxLength: 5 }),
  map: fc.dictionary(text, tie('value'), { maxKeys: 5, noNullPrototype: true }),
}));

describe('any DynamoDB value', () => {
  it('comes back exactly from a payload, each number with its type and each text of a NumberValue', () => {
    fc.assert(
      fc.property(value, (each) => {
        expect(decodePayload(encodePayload(each))).toStrictEqual(each);
      }),
      { numRuns: 500 },
    );
  });

  it('is stored as its own JSON if JSON brings it back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (each) => {
        const { format, body } = encodePayload(each);
        expect({ format, text: Buffer.from(body).toString() }).toEqual({ format: 'json', text: JSON.stringify(each) });
      }),
    );
  });

  it('has an HTTP body that is JSON', () => {
    fc.assert(fc.property(value, (each) => void JSON.parse(payloadToJson(encodePayload(each)))));
  });

  it('means the same in the form of the SDK and in the form of Lambda', () => {
    const storable = value.filter((each) => !holdsEmptySet(each));
    fc.assert(
      fc.property(storable, (each) => {
        const attributes = attributesFrom({ each });
        const read = itemFromAttributes(attributes);
        expect(itemFromImage(inLambdaForm(attributes))).toStrictEqual(read);
        // What was read is exact: written again, it is the same.
        expect(itemFromAttributes(attributesFrom(read))).toStrictEqual(read);
      }),
      { numRuns: 300 },
    );
  });
});

describe('any DynamoDB number', () => {
  it('keeps its decimal value, in a type that a projection can use', () => {
    fc.assert(
      fc.property(decimal, (each) => {
        const { n } = itemFromImage({ n: { N: each } });
        expect(scaled(String(n))).toBe(scaled(each));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** The decimal value times 10^200, exactly. */
function scaled(decimalText: string): bigint {
  const [mantissa = '', exponent = '0'] = decimalText.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const magnitude = BigInt(whole + fraction + '0'.repeat(200 + Number(exponent) - fraction.length));
  return mantissa.startsWith('-') ? -magnitude : magnitude;
}

/** What Lambda makes of the SDK's form: the same JSON with base64 text for bytes. */
function inLambdaForm(attributes: unknown): unknown {
  if (attributes instanceof Uint8Array) return Buffer.from(attributes).toString('base64');
  if (Array.isArray(attributes)) return attributes.map(inLambdaForm);
  if (typeof attributes !== 'object' || attributes === null) return attributes;
  // `fromEntries` defines properties, so that one named __proto__ stays.
  return Object.fromEntries(Object.entries(attributes).map(([name, each]) => [name, inLambdaForm(each)]));
}

function holdsEmptySet(each: ItemValue): boolean {
  if (each instanceof Set) return each.size === 0;
  if (typeof each !== 'object' || each === null || each instanceof Uint8Array || each instanceof NumberValue)
    return false;
  return Object.values(each).some(holdsEmptySet);
}
