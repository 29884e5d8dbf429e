import type { PrimaryKey } from '../entry/item.ts';
import { InvalidKeyError } from './errors.ts';
import { checkAttributes, hasExactly, type KeyFunction, type KeyScheme, type Named } from './key-scheme.ts';
import { isExactNumber, keyProblem, normalised, PARTITION_KEY_BYTES, SORT_KEY_BYTES } from './key-value.ts';

/**
 * A key by functions, for what templates do not express: padded numbers, dates, hashes. `match` must recognise
 * exactly what `build` makes, for the change of a record that it misses never reaches the cache. Two such entities
 * that recognise the same record are found out only when it arrives.
 *
 * @param definition.attributes the key attributes, the partition key first
 * @param definition.build the key for these parameters; may throw `InvalidKeyError`
 * @param definition.match the parameters in a record's key, or `undefined` where the record is not one of these
 * @example
 * ```ts
 * key: keyOf<{ year: number }>({
 *   attributes: ['PK'],
 *   build: ({ year }) => ({ PK: `REPORT#${String(year).padStart(4, '0')}` }),
 *   match: ({ PK }) => {
 *     const year = /^REPORT#(\d{4})$/.exec(String(PK))?.[1];
 *     return year === undefined ? undefined : { year: Number(year) };
 *   },
 * })
 * ```
 */
export function keyOf<Params extends { readonly [Name in keyof Params]: PrimaryKey[string] }>(definition: {
  readonly attributes: readonly string[];
  readonly build: (params: Named<Params>) => PrimaryKey;
  readonly match: (key: PrimaryKey) => Params | undefined;
}): KeyFunction<Named<Params>>;
export function keyOf(definition: Omit<KeyFunction, 'kind'>): KeyFunction {
  return { kind: 'function', ...definition };
}

/**
 * Wraps the user's functions in the checks that templates do not need.
 *
 * @throws {MapDefinitionError} for attributes that are not those of a primary key
 */
export function functionScheme(key: KeyFunction, culprit: string): KeyScheme {
  const attributes = [...key.attributes];
  checkAttributes(attributes, culprit);
  const match: KeyScheme['match'] = (record) => {
    if (!hasExactly(record, attributes)) return undefined;
    return guarded(culprit, 'match', () => key.match(record));
  };
  return {
    attributes,
    patterns: undefined,
    match,
    build(params) {
      const built = canonicalKey(
        guarded(culprit, 'build', () => key.build(params)),
        attributes,
        culprit,
      );
      // Its changes would never be recognised, and the entry would stay stale until its TTL.
      if (match(built) === undefined) {
        throw new InvalidKeyError(
          culprit,
          undefined,
          "the key function's match does not recognise what its build made of these parameters",
        );
      }
      return built;
    },
  };
}

function guarded<Result>(culprit: string, part: string, run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof InvalidKeyError) throw cause;
    throw new InvalidKeyError(culprit, undefined, `the key function's ${part} threw`, { cause });
  }
}

function canonicalKey(key: PrimaryKey, attributes: readonly string[], culprit: string): PrimaryKey {
  if (!hasExactly(key, attributes)) {
    throw new InvalidKeyError(
      culprit,
      undefined,
      `the key function's build must give exactly ${attributes.join(' and ')}`,
    );
  }
  return Object.fromEntries(
    attributes.map((attribute, i) => {
      const value = key[attribute];
      const problem = keyProblem(value, i === 0 ? PARTITION_KEY_BYTES : SORT_KEY_BYTES);
      if (value === undefined || problem !== undefined) {
        throw new InvalidKeyError(culprit, undefined, `the key attribute '${attribute}' ${problem ?? 'is missing'}`);
      }
      return [attribute, isExactNumber(value) ? (normalised(value) ?? value) : value];
    }),
  );
}
