import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type KeyValue, NumberValue } from '../../shared/entry/item.ts';
import { entity } from '../../shared/map/entity.ts';
import { InvalidKeyError } from '../../shared/map/errors.ts';
import type { KeyParams } from '../../shared/map/key-scheme.ts';
import { binary, number } from '../../shared/map/key-template.ts';
import { canOverlap } from '../../shared/map/template-overlap.ts';
import { hours } from '../../shared/time.ts';

/** Few characters, so that values run into literals and separators all the time. */
const text = (...characters: string[]) =>
  fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
const hostile = text('#', 'a', '{', '}', '%', ':', 'é', '💥', '\n', '\u0000');

type Part = { literal: string } | { parameter: string };

/** Literals and parameters by turns; parameters come from a pool of three, so that many are repeated. */
const template = (literal: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<Part[]> =>
  fc
    .tuple(
      fc.boolean(),
      fc.array(fc.record({ literal, parameter: fc.constantFrom('p', 'q', 'r') }), { minLength: 1, maxLength }),
    )
    .map(([literalFirst, pairs]) =>
      pairs.flatMap(({ literal, parameter }) =>
        literalFirst ? [{ literal }, { parameter }] : [{ parameter }, { literal }],
      ),
    )
    .chain((parts) => fc.integer({ min: 1, max: parts.length }).map((length) => parts.slice(0, length)));

const source = (parts: readonly Part[]): string =>
  parts
    .map((part) =>
      'parameter' in part ? `{${part.parameter}}` : part.literal.replace(/[{}]/g, (brace) => brace + brace),
    )
    .join('');

/** What the template would give if there were no rules. */
const substitute = (parts: readonly Part[], params: Record<string, string>): string =>
  parts.map((part) => ('parameter' in part ? params[part.parameter] : part.literal)).join('');

const define = (...templates: (readonly Part[])[]) =>
  entity('thing', {
    key: Object.fromEntries(templates.map((parts, i) => [`K${i}`, source(parts)])),
    onChange: 'refresh',
    ttl: hours(1),
  });

const params = (value: fc.Arbitrary<string>) => fc.record({ p: value, q: value, r: value });

describe('a key built and a key recognised are the same thing', () => {
  test('parameters that are accepted come back exactly; the others are refused, never bent', () => {
    fc.assert(
      fc.property(template(hostile, 3), template(hostile, 2), params(hostile), (pk, sk, values) => {
        const thing = define(pk, sk);
        const names = [...pk, ...sk].flatMap((part) => ('parameter' in part ? [part.parameter] : []));
        const used = Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
        const key = attempt(() => thing.key(used));
        if (key === undefined) return;
        expect(key).toEqual({ K0: substitute(pk, values), K1: substitute(sk, values) });
        expect(thing.match(key)).toEqual(used);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a key that is recognised is built again from its parameters', () => {
    fc.assert(
      fc.property(
        template(hostile, 3),
        template(hostile, 2),
        params(hostile),
        params(hostile),
        (pk, sk, left, right) => {
          const thing = define(pk, sk);
          const key = { K0: substitute(pk, left), K1: substitute(sk, right) };
          const found = thing.match(key);
          if (found !== undefined) expect(thing.key(found)).toEqual(key);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('numbers and binaries come back exactly', () => {
    const thing = entity('thing', {
      key: { id: number('id'), digest: binary('digest') },
      onChange: 'refresh',
      ttl: hours(1),
    });
    const digest = fc.uint8Array({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), decimal()), digest, (id, digest) => {
        const key = thing.key({ id: typeof id === 'number' ? id : NumberValue.from(id), digest });
        const found = thing.match(key);
        expect(found?.digest).toEqual(digest);
        expect(found === undefined ? undefined : thing.key(found)).toEqual(key);
      }),
    );
  });
});

describe('two definitions that one record can match are found', () => {
  const letters = text('#', 'a');

  test('whenever some key matches both', () => {
    const pair = fc.tuple(template(letters, 2), template(letters, 2));
    let both = 0;
    fc.assert(
      fc.property(pair, pair, params(letters), (left, right, values) => {
        const [a, b] = [define(...left), define(...right)];
        const key = { K0: substitute(left[0], values), K1: substitute(left[1], values) };
        if (a.match(key) === undefined || b.match(key) === undefined) return;
        both++;
        expect(canOverlap(a.keyPatterns ?? [], b.keyPatterns ?? [])).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    expect(both).toBeGreaterThan(50);
  });

  test('and only then, where no parameter is repeated (compared with trying every short key)', () => {
    const short = (names: [string, string]) =>
      template(fc.constantFrom('#', 'a'), 2).map((parts) =>
        parts.map((part, i) => ('parameter' in part ? { parameter: names[i < 2 ? 0 : 1] } : part)),
      );
    const candidates = keysUpTo(6, ['#', 'a', 'z']);
    fc.assert(
      fc.property(short(['p', 'q']), short(['p', 'q']), (left, right) => {
        const [a, b] = [define(left), define(right)];
        const witness = candidates.some((K0) => a.match({ K0 }) !== undefined && b.match({ K0 }) !== undefined);
        expect(canOverlap(a.keyPatterns ?? [], b.keyPatterns ?? [])).toBe(witness);
      }),
      { numRuns: 200 },
    );
  });
});

/** A decimal number of up to 38 digits, as DynamoDB writes it. */
function decimal(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), fc.integer({ min: -90, max: 80 }))
    .map(([digits, exponent]) => `${digits}e${exponent}`);
}

function keysUpTo(length: number, characters: readonly string[]): string[] {
  let last = [''];
  const all: string[] = [];
  for (let i = 0; i < length; i++) {
    last = last.flatMap((prefix) => characters.map((character) => prefix + character));
    all.push(...last);
  }
  return all;
}

function attempt(build: () => { readonly [attribute: string]: KeyValue }): KeyParams | undefined {
  try {
    return build();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidKeyError);
    return undefined;
  }
}
