import type { KeyValue, PrimaryKey } from '../entry/item.ts';
import { InvalidKeyError, MapDefinitionError } from './errors.ts';
import {
  type AttributePattern,
  type BinaryAttribute,
  checkAttributes,
  hasExactly,
  type KeyParams,
  type KeyScheme,
  type KeyTemplates,
  type NumberAttribute,
} from './key-scheme.ts';
import {
  binaryProblem,
  canonicalNumber,
  isExactNumber,
  numberOf,
  numberProblem,
  PARTITION_KEY_BYTES,
  SORT_KEY_BYTES,
  sameKeyValue,
  textProblem,
} from './key-value.ts';
import { buildTemplate, isParameterName, matchTemplate, parseTemplate } from './template.ts';

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
  const attributes = Object.keys(key);
  checkAttributes(attributes, culprit);
  const patterns = Object.entries(key).map(([attribute, definition], i) =>
    patternOf(attribute, definition, i === 0 ? PARTITION_KEY_BYTES : SORT_KEY_BYTES, culprit),
  );
  const parameters = parametersOf(patterns, culprit);

  return {
    attributes,
    patterns,
    build(params) {
      const values = new Map<string, KeyValue>();
      for (const parameter of parameters.values()) values.set(parameter.name, checked(params, parameter, culprit));
      return Object.fromEntries(
        patterns.map((pattern) => [pattern.attribute, attributeValue(pattern, values, culprit)]),
      );
    },
    match: (record) => (hasExactly(record, attributes) ? matchPatterns(patterns, record) : undefined),
  };
}

/** What a parameter's value must be, from all the places where it stands. */
interface ParameterRule {
  readonly name: string;
  readonly kind: AttributePattern['kind'];
  /** Attribute where it was first seen. */
  readonly attribute: string;
  /** Characters that end it somewhere. */
  readonly separators: Set<string>;
}

function patternOf(
  attribute: string,
  definition: string | NumberAttribute | BinaryAttribute,
  maxBytes: number,
  culprit: string,
): AttributePattern {
  if (typeof definition === 'string') {
    return {
      kind: 'text',
      attribute,
      maxBytes,
      template: parseTemplate(definition, `${culprit}, attribute '${attribute}'`),
    };
  }
  if (definition?.kind !== 'number' && definition?.kind !== 'binary') {
    throw new MapDefinitionError(
      culprit,
      `the key attribute '${attribute}' is neither a template nor number() or binary()`,
    );
  }
  if (!isParameterName(definition.parameter)) {
    throw new MapDefinitionError(
      culprit,
      `the key attribute '${attribute}' has the parameter name '${definition.parameter}'; give the bare name: letters, digits and '_', a letter first`,
    );
  }
  return { ...definition, attribute, maxBytes };
}

function parametersOf(patterns: readonly AttributePattern[], culprit: string): ReadonlyMap<string, ParameterRule> {
  const rules = new Map<string, ParameterRule>();
  const add = (name: string, { kind, attribute }: AttributePattern, separator?: string): void => {
    const rule = rules.get(name) ?? { name, kind, attribute, separators: new Set<string>() };
    if (rule.kind !== kind) {
      throw new MapDefinitionError(
        culprit,
        `parameter '${name}' is ${rule.kind} in '${rule.attribute}' and ${kind} in '${attribute}'`,
      );
    }
    if (separator !== undefined) rule.separators.add(separator);
    rules.set(name, rule);
  };
  for (const pattern of patterns) {
    if (pattern.kind !== 'text') add(pattern.parameter, pattern);
    else {
      for (const segment of pattern.template.segments) {
        if (segment.kind === 'parameter') add(segment.name, pattern, segment.separator);
      }
    }
  }
  return rules;
}

/** The caller's value for a parameter, in its canonical form. */
function checked(params: KeyParams, rule: ParameterRule, culprit: string): KeyValue {
  const value: unknown = Object.hasOwn(params, rule.name) ? params[rule.name] : undefined;
  const fail = (problem: string): never => {
    throw new InvalidKeyError(culprit, rule.name, problem);
  };
  const pass = <Value extends KeyValue>(accepted: Value, problem: string | undefined): Value =>
    problem === undefined ? accepted : fail(problem);

  if (value === undefined) return fail('is missing');
  if (rule.kind === 'number') {
    if (!isExactNumber(value)) return fail('must be a number');
    return numberOf(canonicalNumber(pass(value, numberProblem(value))) ?? fail('must be a number'));
  }
  if (rule.kind === 'binary') {
    if (!(value instanceof Uint8Array)) return fail('must be binary (a Uint8Array)');
    return pass(value, binaryProblem(value, Number.POSITIVE_INFINITY));
  }
  if (typeof value !== 'string') return fail('must be text');
  for (const separator of rule.separators) {
    if (value.includes(separator)) fail(`must not contain '${separator}', which ends it in the key`);
  }
  return pass(value, textProblem(value, Number.POSITIVE_INFINITY));
}

function attributeValue(pattern: AttributePattern, values: ReadonlyMap<string, KeyValue>, culprit: string): KeyValue {
  if (pattern.kind !== 'text') {
    const value = values.get(pattern.parameter) ?? '';
    const problem = value instanceof Uint8Array ? binaryProblem(value, pattern.maxBytes) : undefined;
    if (problem !== undefined) throw new InvalidKeyError(culprit, pattern.parameter, problem);
    return value;
  }
  const text = buildTemplate(pattern.template, (name) => String(values.get(name)));
  const problem = textProblem(text, pattern.maxBytes);
  if (problem === undefined) return text;
  const [first, ...others] = pattern.template.segments.filter((segment) => segment.kind === 'parameter');
  const parameter = others.length === 0 ? first?.name : undefined;
  throw new InvalidKeyError(
    culprit,
    parameter,
    parameter === undefined
      ? `the key attribute '${pattern.attribute}' ${problem}`
      : `is too long: the key attribute '${pattern.attribute}' ${problem}`,
  );
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
      const canonical = isExactNumber(value) ? canonicalNumber(value) : undefined;
      return canonical !== undefined && capture(pattern.parameter, numberOf(canonical));
    }
    case 'binary':
      return value instanceof Uint8Array && value.length > 0 && capture(pattern.parameter, value);
  }
}
