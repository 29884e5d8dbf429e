import type { KeyValue, PrimaryKey } from '../entry/item.ts';
import { InvalidKeyError } from './errors.ts';
import { type ParameterRule, patternsOf, rulesOf } from './key-pattern.ts';
import {
  type AttributePattern,
  type BinaryAttribute,
  hasExactly,
  type KeyParams,
  type KeyScheme,
  type KeyTemplates,
  type NumberAttribute,
} from './key-scheme.ts';
import { isExactNumber, keyProblem, normalised, numberProblem, sameKeyValue, textProblem } from './key-value.ts';
import { buildTemplate, matchTemplate } from './template.ts';

/**
 * A key attribute of type N whose value is the parameter.
 *
 * @example key: { PK: 'ORDER#{orderId}', line: number('line') }
 */
export const number = <const Name extends string>(parameter: Name): NumberAttribute<Name> => ({
  kind: 'number',
  parameter,
});

/**
 * A key attribute of type B whose value is the parameter, a `Uint8Array`.
 *
 * @example key: { digest: binary('digest') }
 */
export const binary = <const Name extends string>(parameter: Name): BinaryAttribute<Name> => ({
  kind: 'binary',
  parameter,
});

/**
 * Compiles templates into a scheme.
 *
 * @throws {MapDefinitionError} for a template that cannot be parsed or a parameter of two types
 */
export function templateScheme(key: KeyTemplates, culprit: string): KeyScheme {
  const patterns = patternsOf(key, culprit);
  const rules = rulesOf(patterns, culprit);
  const attributes = patterns.map(({ attribute }) => attribute);

  return {
    attributes,
    patterns,
    build(params) {
      // Parameter names are plain words, so that none can be `__proto__`.
      const values: Record<string, KeyValue> = {};
      for (const rule of rules) values[rule.name] = checkedValue(params, rule, culprit);
      // An attribute can: no assignment, which would set the prototype.
      let built: PrimaryKey = {};
      for (const pattern of patterns) {
        built = { ...built, [pattern.attribute]: attributeValue(pattern, values, culprit) };
      }
      return built;
    },
    match: (record) => (hasExactly(record, attributes) ? matchPatterns(patterns, record) : undefined),
  };
}

/** The caller's value for a parameter, in its canonical form. */
function checkedValue(params: KeyParams, { name, kind, separators }: ParameterRule, culprit: string): KeyValue {
  const value: unknown = Object.hasOwn(params, name) ? params[name] : undefined;
  if (value === undefined) throw new InvalidKeyError(culprit, name, 'is missing');
  switch (kind) {
    case 'number': {
      if (!isExactNumber(value)) throw new InvalidKeyError(culprit, name, 'must be a number');
      const problem = numberProblem(value);
      const accepted = normalised(value);
      if (problem === undefined && accepted !== undefined) return accepted;
      throw new InvalidKeyError(culprit, name, problem ?? 'is missing');
    }
    case 'binary':
      if (value instanceof Uint8Array) return value;
      throw new InvalidKeyError(culprit, name, 'must be binary (a Uint8Array)');
    case 'text': {
      if (typeof value !== 'string') throw new InvalidKeyError(culprit, name, 'must be text');
      for (const separator of separators) {
        if (!value.includes(separator)) continue;
        throw new InvalidKeyError(culprit, name, `must not contain '${separator}', which ends it in the key`);
      }
      const problem = textProblem(value, Number.POSITIVE_INFINITY);
      if (problem === undefined) return value;
      throw new InvalidKeyError(culprit, name, problem);
    }
  }
}

/** The value of one key attribute, within DynamoDB's limits. */
function attributeValue(pattern: AttributePattern, values: KeyParams, culprit: string): KeyValue {
  if (pattern.kind !== 'text') {
    const value = values[pattern.parameter];
    const problem = keyProblem(value, pattern.maxBytes);
    if (value === undefined || problem !== undefined) {
      throw new InvalidKeyError(culprit, pattern.parameter, problem ?? 'is missing');
    }
    return value;
  }
  const text = buildTemplate(pattern.template, values);
  const problem = textProblem(text, pattern.maxBytes);
  if (problem === undefined) return text;
  const about = `the key attribute '${pattern.attribute}' ${problem}`;
  const [first, ...others] = pattern.template.segments.filter((segment) => segment.kind === 'parameter');
  // Which of several is too long is not for us to say.
  if (first === undefined || others.length > 0) throw new InvalidKeyError(culprit, undefined, about);
  throw new InvalidKeyError(culprit, first.name, `is too long: ${about}`);
}

function matchPatterns(patterns: readonly AttributePattern[], key: PrimaryKey): KeyParams | undefined {
  const found = new Map<string, KeyValue>();
  const capture = (name: string, value: KeyValue): boolean => {
    const before = found.get(name);
    if (before === undefined) found.set(name, value);
    return before === undefined || sameKeyValue(before, value);
  };
  for (const pattern of patterns) {
    const value = key[pattern.attribute];
    if (value === undefined || !matchAttribute(pattern, value, capture)) return undefined;
  }
  return Object.fromEntries(found);
}

function matchAttribute(
  pattern: AttributePattern,
  value: KeyValue,
  capture: (name: string, value: KeyValue) => boolean,
): boolean {
  switch (pattern.kind) {
    case 'text':
      return typeof value === 'string' && matchTemplate(pattern.template, value, capture) && value.isWellFormed();
    case 'number': {
      const number = isExactNumber(value) ? normalised(value) : undefined;
      return number !== undefined && capture(pattern.parameter, number);
    }
    case 'binary':
      return value instanceof Uint8Array && value.length > 0 && capture(pattern.parameter, value);
  }
}
