import type { ItemVersion } from '../entry/entry.ts';
import type { Item, PrimaryKey } from '../entry/item.ts';
import { type Duration, minutes } from '../time.ts';
import { checkName, checkOneOf, checkTtl, checkVersion } from './definition-checks.ts';
import { MapDefinitionError } from './errors.ts';
import { type VersionBy, versionReader } from './item-version.ts';
import { functionScheme } from './key-function.ts';
import type { AttributePattern, KeyFunction, KeyParams, KeyTemplates, ParamsOf } from './key-scheme.ts';
import { templateScheme } from './key-template.ts';

/** A kind of item that is cached: how its keys look, what is kept of it, and for how long. Made by {@link entity}. */
export interface Entity<Params = KeyParams, Value = unknown, Name extends string = string> {
  readonly kind: 'entity';
  readonly name: Name;
  readonly version: number;
  readonly onChange: 'refresh' | 'invalidate';
  readonly prefill: boolean;
  readonly ttl: Duration;
  readonly absentTtl: Duration;
  /** `false`: the whole item is the value. */
  readonly projects: boolean;
  /** `[partition]` or `[partition, sort]`, in the order of the definition. */
  readonly keyAttributes: readonly string[];
  /** What the key attributes can hold; `undefined` where the key is a function. */
  readonly keyPatterns: readonly AttributePattern[] | undefined;
  /**
   * The primary key for these parameters.
   *
   * @throws {InvalidKeyError} for parameters that no item of this entity can have
   */
  key(params: Params): PrimaryKey;
  /**
   * The parameters in a record's `Keys`, or `undefined` for a record that is not one of this entity.
   *
   * @throws {InvalidKeyError} only where the user's `keyOf` function throws
   */
  match(key: PrimaryKey): Params | undefined;
  /** The value that is cached for an item. The user's code: it may throw. */
  project(item: Item): Value;
  /** The item's version by `versionBy`; `undefined` when it has none. May throw where `versionBy` is a function. */
  versionOf(item: Item): ItemVersion | undefined;
}

/** Any entity. (Its methods are bivariant, so that every `Entity<Params, Value>` is one.) */
export type AnyEntity = Entity;

export interface EntityOptions<Key extends KeyTemplates | KeyFunction, Value> {
  /**
   * The primary key, partition key first: for each attribute a template (`'ORG#{organization}'`), `number('line')` or
   * `binary('digest')`; or `keyOf(...)` for what these do not express. Works both ways: builds the `Key` of a read and
   * recognises a stream record.
   *
   * A parameter may be repeated and is then the same text. It is never empty, and may not contain its separator, the
   * first character of the text behind it. A literal brace is written twice.
   */
  readonly key: Key;
  /** A change writes the new value into the cache (`refresh`), or only marks what is there as outdated (`invalidate`). */
  readonly onChange: 'refresh' | 'invalidate';
  /** How long a value is kept; whole seconds, at least 60 s. */
  readonly ttl: Duration;
  /** How long "there is no such item" is kept; whole seconds, at least 60 s. Default: 5 minutes. */
  readonly absentTtl?: Duration;
  /** Whether an insert is cached before anybody has asked for it. Needs `onChange: 'refresh'`. Default: `false`. */
  readonly prefill?: boolean;
  /** What is cached of an item. May throw: then the entry is invalidated. Default: the whole item. */
  readonly project?: (item: Item) => Value;
  /** An attribute that only ever grows, or a function of the item; decides exactly which of two states is the newer. */
  readonly versionBy?: VersionBy;
  /** Raise it with the shape of the value: a deploy then never reads the old shape. Default: 1. */
  readonly version?: number;
}

/**
 * Defines a kind of item that is cached.
 *
 * @param name in cache keys, metrics and logs; unique among the map's entities and collections
 * @throws {MapDefinitionError} for a definition that cannot work
 * @example
 * ```ts
 * const user = entity('user', {
 *   key: { PK: 'USER#{username}', SK: 'USER#{username}' },
 *   onChange: 'refresh',
 *   ttl: hours(12),
 * });
 * user.key({ username: 'alice' }); // { PK: 'USER#alice', SK: 'USER#alice' }
 * ```
 */
export function entity<const Name extends string, const Key extends KeyTemplates | KeyFunction, Value = Item>(
  name: Name,
  options: EntityOptions<Key, Value>,
): Entity<ParamsOf<Key>, Value, Name>;
export function entity(name: string, options: EntityOptions<KeyTemplates | KeyFunction, unknown>): Entity {
  const { key, onChange, ttl, absentTtl = minutes(5), prefill = false, project, versionBy, version = 1 } = options;
  const culprit = `entity '${name}'`;
  checkName('entity', name);
  checkVersion(version, culprit);
  checkOneOf('onChange', onChange, ['refresh', 'invalidate'], culprit);
  checkTtl('ttl', ttl, culprit);
  checkTtl('absentTtl', absentTtl, culprit);
  if (versionBy === '') throw new MapDefinitionError(culprit, 'versionBy is empty; name an attribute');

  const scheme = isKeyFunction(key) ? functionScheme(key, culprit) : templateScheme(key, culprit);
  return {
    kind: 'entity',
    name,
    version,
    onChange,
    prefill,
    ttl,
    absentTtl,
    projects: project !== undefined,
    keyAttributes: scheme.attributes,
    keyPatterns: scheme.patterns,
    key: scheme.build,
    match: scheme.match,
    project: project ?? ((item) => item),
    versionOf: versionReader(versionBy),
  };
}

/** A template definition may have an attribute named `kind`; it is never a function's. */
const isKeyFunction = (key: KeyTemplates | KeyFunction): key is KeyFunction => typeof key.build === 'function';
