import type { PrimaryKey } from '../entry/item.ts';
import { hours } from '../time.ts';
import type { AnyCollection } from './collection.ts';
import type { AnyEntity } from './entity.ts';
import { MapDefinitionError } from './errors.ts';
import type { KeyParams } from './key-scheme.ts';
import { canOverlap } from './template-overlap.ts';

/** What is cached of one table. Made by {@link defineCacheMap}. */
export interface CacheMap {
  readonly entities: readonly AnyEntity[];
  readonly collections: readonly AnyCollection[];
  /** What works, but perhaps not as meant; for the operator's eyes at start. */
  readonly warnings: readonly string[];
  /**
   * The entity that a record's `Keys` belong to. Never throws.
   */
  match(key: PrimaryKey): EntityMatch;
  /** The collections that a change to the entity can affect. */
  collectionsOf(entity: AnyEntity): readonly AnyCollection[];
}

export type EntityMatch =
  | { readonly kind: 'entity'; readonly entity: AnyEntity; readonly params: KeyParams }
  | { readonly kind: 'none' }
  /**
   * More than one claims it, or one whose function threw and might have. Possible only where keys are functions, since
   * overlapping templates are refused.
   */
  | { readonly kind: 'ambiguous'; readonly names: readonly string[] };

/**
 * Puts the entities and collections of one table together.
 *
 * @throws {MapDefinitionError} when two of them share a name, when a record could belong to two entities, when their
 *   keys are not those of one table, or when a collection is of an entity that is not in the map
 * @example export default defineCacheMap({ entities: [user, order], collections: [myOrders] });
 */
export function defineCacheMap(definition: {
  readonly entities: readonly AnyEntity[];
  readonly collections?: readonly AnyCollection[];
}): CacheMap {
  const entities = [...definition.entities];
  const collections = [...(definition.collections ?? [])];
  if (entities.length === 0) throw new MapDefinitionError('cache map', 'it has no entities; there is nothing to cache');
  checkNames([...entities, ...collections]);
  checkOneTable(entities);
  checkDisjoint(entities);
  checkMembers(entities, collections);

  const affected = new Map(entities.map((entity) => [entity, collections.filter(({ of }) => of.includes(entity))]));
  return {
    entities,
    collections,
    warnings: [...entities.flatMap(entityWarnings), ...collections.flatMap(ttlWarnings)],
    match: (key) => matchOne(entities, key),
    collectionsOf: (entity) => affected.get(entity) ?? [],
  };
}

/** Longest TTL that Momento keeps on demand; its adapter cuts longer ones. */
const MOMENTO_MAX_TTL = hours(24);

/** Entities and collections share the key space of the cache, so they share the names. */
function checkNames(members: readonly (AnyEntity | AnyCollection)[]): void {
  const seen = new Map<string, string>();
  for (const { kind, name } of members) {
    const before = seen.get(name);
    if (before !== undefined) {
      const problem = before === kind ? `there are two of this name` : `there is also an ${labelled('entity', name)}`;
      throw new MapDefinitionError(labelled(kind, name), `${problem}; names must be unique across the map`);
    }
    seen.set(name, kind);
  }
}

/** One map is one table, and a table's key has one form. */
function checkOneTable(entities: readonly AnyEntity[]): void {
  const [first, ...others] = entities;
  for (const other of others) {
    if (first === undefined) return;
    if (other.keyAttributes.join('\0') !== first.keyAttributes.join('\0')) {
      throw new MapDefinitionError(
        labelled('entity', other.name),
        `its key is ${other.keyAttributes.join(' / ')}, that of ${labelled('entity', first.name)} is ${first.keyAttributes.join(' / ')}; ` +
          'a map is for one table, so give all the same attributes in the same order',
      );
    }
  }
  const kinds = new Map<string, { kind: string; name: string }>();
  for (const { name, keyPatterns = [] } of entities) {
    for (const { attribute, kind } of keyPatterns) {
      const before = kinds.get(attribute) ?? { kind, name };
      if (before.kind !== kind) {
        throw new MapDefinitionError(
          labelled('entity', name),
          `the key attribute '${attribute}' is ${kind}, and ${before.kind} in ${labelled('entity', before.name)}; a table's key attribute has one type`,
        );
      }
      kinds.set(attribute, before);
    }
  }
}

function checkDisjoint(entities: readonly AnyEntity[]): void {
  entities.forEach((right, i) => {
    for (const left of entities.slice(0, i)) {
      if (left.keyPatterns === undefined || right.keyPatterns === undefined) continue; // known when a record arrives
      if (!canOverlap(left.keyPatterns, right.keyPatterns)) continue;
      throw new MapDefinitionError(
        labelled('entity', right.name),
        `a record can match both its key and that of ${labelled('entity', left.name)}; make the templates differ in a literal that no parameter can contain`,
      );
    }
  });
}

function checkMembers(entities: readonly AnyEntity[], collections: readonly AnyCollection[]): void {
  for (const { name, of } of collections) {
    const stranger = of.find((entity) => !entities.includes(entity));
    if (stranger === undefined) continue;
    const namesake = entities.some((entity) => entity.name === stranger.name);
    throw new MapDefinitionError(
      labelled('collection', name),
      namesake
        ? `\`of\` holds another definition of ${labelled('entity', stranger.name)} than the map; use the same object`
        : `\`of\` holds ${labelled('entity', stranger.name)}, which is not in the map; add it to \`entities\``,
    );
  }
}

function entityWarnings(entity: AnyEntity): string[] {
  const warnings = ttlWarnings(entity);
  if (entity.prefill && entity.onChange === 'invalidate') {
    warnings.push(`${labelled('entity', entity.name)}: prefill has no effect with onChange 'invalidate'`);
  }
  return warnings;
}

function ttlWarnings({ kind, name, ...durations }: AnyEntity | AnyCollection): string[] {
  return Object.entries({ ttl: durations.ttl, absentTtl: 'absentTtl' in durations ? durations.absentTtl : 0 })
    .filter(([, ttl]) => ttl > MOMENTO_MAX_TTL)
    .map(
      ([option, ttl]) =>
        `${labelled(kind, name)}: ${option} is ${ttl / hours(1)} h; Momento keeps entries for at most 24 h`,
    );
}

/** Called for every stream record. Most maps have a handful of entities, whose literals tell them apart at once. */
function matchOne(entities: readonly AnyEntity[], key: PrimaryKey): EntityMatch {
  let found: { kind: 'entity'; entity: AnyEntity; params: KeyParams } | undefined;
  let rivals: string[] | undefined;
  for (const entity of entities) {
    const params = attemptMatch(entity, key);
    if (params === undefined) continue;
    if (found === undefined && params !== 'threw') found = { kind: 'entity', entity, params };
    else rivals = [...(rivals ?? []), entity.name];
  }
  if (rivals === undefined) return found ?? { kind: 'none' };
  return { kind: 'ambiguous', names: found === undefined ? rivals : [found.entity.name, ...rivals] };
}

/** A function that throws has not said that the record is not its own; to pass over it could lose a change. */
function attemptMatch(entity: AnyEntity, key: PrimaryKey): KeyParams | 'threw' | undefined {
  try {
    return entity.match(key);
  } catch {
    return 'threw';
  }
}

const labelled = (kind: string, name: string): string => `${kind} '${name}'`;
