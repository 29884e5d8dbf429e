import { MapDefinitionError } from './errors.ts';
import {
  type AttributePattern,
  type BinaryAttribute,
  checkAttributes,
  type KeyTemplates,
  type NumberAttribute,
} from './key-scheme.ts';
import { PARTITION_KEY_BYTES, SORT_KEY_BYTES } from './key-value.ts';
import { isParameterName, parseTemplate } from './template.ts';

/**
 * Parses the definition of a key, attribute by attribute, the partition key first.
 *
 * @throws {MapDefinitionError} for attributes that are not those of a primary key, or a template that cannot be parsed
 */
export function patternsOf(key: KeyTemplates, culprit: string): AttributePattern[] {
  checkAttributes(Object.keys(key), culprit);
  return Object.entries(key).map(([attribute, definition], i) =>
    patternOf(attribute, definition, i === 0 ? PARTITION_KEY_BYTES : SORT_KEY_BYTES, culprit),
  );
}

/** What a parameter's value must be, from all the places where it stands. */
export interface ParameterRule {
  readonly name: string;
  readonly kind: AttributePattern['kind'];
  /** Attribute where it was first seen. */
  readonly attribute: string;
  /** Characters that end it somewhere. */
  readonly separators: ReadonlySet<string>;
}

/**
 * Collects what is asked of each parameter.
 *
 * @throws {MapDefinitionError} for a parameter of two types
 */
export function rulesOf(patterns: readonly AttributePattern[], culprit: string): ParameterRule[] {
  const rules = new Map<string, ParameterRule>();
  const add = (name: string, { kind, attribute }: AttributePattern, separator?: string): void => {
    const { separators, ...before } = rules.get(name) ?? { name, kind, attribute, separators: [] };
    if (before.kind !== kind) {
      throw new MapDefinitionError(
        culprit,
        `parameter '${name}' is ${before.kind} in '${before.attribute}' and ${kind} in '${attribute}'`,
      );
    }
    rules.set(name, {
      ...before,
      separators: new Set(separator === undefined ? separators : [...separators, separator]),
    });
  };
  for (const pattern of patterns) {
    if (pattern.kind !== 'text') {
      add(pattern.parameter, pattern);
      continue;
    }
    for (const segment of pattern.template.segments) {
      if (segment.kind === 'parameter') add(segment.name, pattern, segment.separator);
    }
  }
  return [...rules.values()];
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
