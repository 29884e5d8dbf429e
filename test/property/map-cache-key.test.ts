import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type KeyValue, NumberValue } from '../../shared/entry/item.ts';
import { entryKey, epochKey, generationKey, pageKey } from '../../shared/map/cache-key.ts';
import { type AnyCollection, type CollectionParams, collection } from '../../shared/map/collection.ts';
import { type AnyEntity, entity } from '../../shared/map/entity.ts';
import { hours } from '../../shared/time.ts';

const options = { onChange: 'invalidate', ttl: hours(1) } as const;

const namespace = fc.constantFrom('a', 'a.b', 'a-b');
const name = fc.constantFrom('a', 'b', 'a.b', 'epoch', 'generation', 'page', 'n');
const version = fc.constantFrom(1, 2, 11);

/** Everything that means something in a cache key, plain and encoded. */
const hostile = fc
  .array(fc.constantFrom('a', ':', '@', '{', '}', '=', '&', '%', '%3A', 'n=1', 'b=', '1', '#', 'é', '\n', ' ', '*'), {
    maxLength: 4,
  })
  .map((parts) => parts.join(''));

const keyValue: fc.Arbitrary<KeyValue> = fc.oneof(
  { weight: 4, arbitrary: hostile.filter((text) => text !== '') },
  { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 2 }) },
);

const params: fc.Arbitrary<CollectionParams> = fc.dictionary(
  fc.constantFrom('a', 'b', 'a=a', 'a&b', ':', ''),
  fc.oneof(hostile, fc.integer({ min: -2, max: 2 })),
  { maxKeys: 3 },
);

/** A cache key, and what it is the key of. */
interface Keyed {
  readonly key: string;
  readonly identity: string;
}

const entry = fc
  .record({ namespace, name, version, pk: keyValue, sk: fc.option(keyValue, { nil: undefined }) })
  .map(({ namespace, name, version, pk, sk }): Keyed => {
    const key = sk === undefined ? { PK: pk } : { PK: pk, SK: sk };
    const definition: AnyEntity =
      sk === undefined
        ? entity(name, { key: { PK: '{a}' }, version, ...options })
        : entity(name, { key: { PK: '{a}', SK: '{b}' }, version, ...options });
    return {
      key: entryKey(namespace, definition, key),
      identity: JSON.stringify(['entry', namespace, name, version, identityOf(pk), identityOf(sk)]),
    };
  });

const plain = fc
  .record({
    kind: fc.constantFrom('epoch', 'generation', 'page'),
    namespace,
    name,
    version,
    params,
    limit: fc.constantFrom(undefined, 1, 2, 12),
    cursor: fc.option(hostile, { nil: undefined }),
  })
  .map(({ kind, namespace, name, version, params, limit, cursor }): Keyed => {
    const definition = listing(name, version);
    const place = [namespace, name, version];
    const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
    switch (kind) {
      case 'epoch':
        return { key: epochKey(namespace, definition), identity: JSON.stringify([kind, ...place]) };
      case 'generation':
        return {
          key: generationKey(namespace, definition, params),
          identity: JSON.stringify([kind, ...place, sorted]),
        };
      default:
        return {
          key: pageKey(namespace, definition, params, { limit, cursor }),
          identity: JSON.stringify([kind, ...place, sorted, limit ?? null, cursor ?? null]),
        };
    }
  });

test('two cache keys are equal exactly if they are of the same thing, within and across all four kinds', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(entry, plain), { minLength: 2, maxLength: 60 }), (all) => {
      const identities = new Map<string, string>();
      for (const { key, identity } of all) {
        expect(identities.get(key) ?? identity).toBe(identity);
        identities.set(key, identity);
      }
      expect(identities.size).toBe(new Set(all.map(({ identity }) => identity)).size);
    }),
    { numRuns: 500 },
  );
});

test('whatever is in it, an entry key has no braces and a collection key one hash tag, its collection', () => {
  fc.assert(
    fc.property(entry, plain, (entry, plain) => {
      expect(entry.key).not.toMatch(/[{}]/);
      expect(plain.key).toMatch(/^\{[^{}]+@\d+\}:[^{}]*$/);
    }),
  );
});

test('a number has one cache key, however it is written', () => {
  const line = entity('line', { key: { id: '{id}' }, ...options });
  const keyOf = (id: KeyValue) => entryKey('n', line, { id });
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: -20, max: 20 }),
      (digits, zeros, shift) => {
        const padded = `${digits}${'0'.repeat(zeros)}`;
        expect(keyOf(NumberValue.from(`${padded}e-${zeros}`))).toBe(keyOf(digits));
        expect(keyOf(NumberValue.from(`${digits}.${'0'.repeat(zeros + 1)}`))).toBe(keyOf(digits));
        const shifted = NumberValue.from(`${digits}e${shift}`);
        if (digits !== 0n && shift !== 0) expect(keyOf(shifted)).not.toBe(keyOf(digits));
      },
    ),
  );
});

function listing(name: string, version: number): AnyCollection {
  const of = entity('x', { key: { PK: '{a}' }, ...options });
  const query = () => ({ KeyConditionExpression: 'PK = :pk' });
  return collection(name, { of, by: (): CollectionParams[] => [], query, version, ...options });
}

function identityOf(value: KeyValue | undefined): unknown {
  return value instanceof Uint8Array ? { bytes: [...value] } : (value ?? null);
}
