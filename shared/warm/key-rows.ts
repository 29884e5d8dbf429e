import * as v from 'valibot';
import type { KeyValue } from '../entry/item.ts';
import { numberFrom } from '../entry/number.ts';
import { entryKey } from '../map/cache-key.ts';
import type { CacheMap } from '../map/cache-map.ts';
import type { AnyEntity } from '../map/entity.ts';
import { InvalidKeyError } from '../map/errors.ts';
import type { AttributePattern } from '../map/key-scheme.ts';
import { type Target, targetOf } from './target.ts';

/**
 * One key of a list: `entity` and its parameters, or the key attributes of the table; with `count`, how often it is
 * asked for. Numbers may be text, as they are in a CSV file, and binaries are base64 text.
 *
 * @example { entity: 'user', username: 'alice', count: 120 }
 * @example { PK: 'USER#alice', SK: 'USER#alice' }
 */
export type KeyRow = v.InferOutput<typeof KeyRowSchema>;

export const KeyRowSchema = v.record(v.string(), v.union([v.string(), v.number()]));

/** A row that names no key. The problem quotes no value. */
export interface RowProblem {
  /** From 1. */
  readonly row: number;
  readonly problem: string;
}

/** What rows name. */
export interface NamedTargets {
  /** Each key once, the most asked for first where a top was asked for, else in the order of the rows. */
  readonly targets: readonly Target[];
  readonly problems: readonly RowProblem[];
}

/**
 * The entries that rows name.
 *
 * @param top only so many rows, those with the highest `count`; all of them if left out
 */
export function targetsOf(map: CacheMap, namespace: string, rows: readonly KeyRow[], top?: number): NamedTargets {
  const targets = new Map<string, Target>();
  const problems: RowProblem[] = [];
  const chosen = top === undefined ? numbered(rows) : mostAskedFor(rows, top, problems);
  for (const { row, number } of chosen) {
    try {
      const target = targetNamed(map, namespace, row);
      if (!targets.has(target.key)) targets.set(target.key, target);
    } catch (error) {
      if (!(error instanceof InvalidKeyError) && !(error instanceof NoSuchKey)) throw error;
      problems.push({ row: number, problem: error.message });
    }
  }
  return { targets: [...targets.values()], problems };
}

interface NumberedRow {
  readonly row: KeyRow;
  readonly number: number;
}

/** A row names nothing that the map knows. */
class NoSuchKey extends Error {
  override readonly name = 'NoSuchKey';
}

const numbered = (rows: readonly KeyRow[]): NumberedRow[] => rows.map((row, i) => ({ row, number: i + 1 }));

function mostAskedFor(rows: readonly KeyRow[], top: number, problems: RowProblem[]): NumberedRow[] {
  const counted = numbered(rows).flatMap(({ row, number }) => {
    const count = row.count === '' ? Number.NaN : Number(row.count);
    if (!Number.isNaN(count)) return [{ row, number, count }];
    problems.push({ row: number, problem: 'its count is not a number' });
    return [];
  });
  return counted.sort((a, b) => b.count - a.count).slice(0, top);
}

function targetNamed(map: CacheMap, namespace: string, { count: _, ...columns }: KeyRow): Target {
  const { entity: name, ...params } = columns;
  if (name === undefined) return targetOfKey(map, namespace, columns);
  const entity = map.entities.find((candidate) => candidate.name === name);
  if (entity === undefined) throw new NoSuchKey('its entity is not one of the cache map');
  const kinds = kindsBy(({ parameter }) => parameter, [entity]);
  const primaryKey = entity.key(typed(params, kinds));
  return { entity, primaryKey, key: entryKey(namespace, entity, primaryKey) };
}

function targetOfKey(map: CacheMap, namespace: string, columns: KeyRow): Target {
  const kinds = kindsBy(({ attribute }) => attribute, map.entities);
  const target = targetOf(map, namespace, typed(columns, kinds));
  if (target !== undefined) return target;
  const attributes = map.entities[0]?.keyAttributes.join(' and ');
  throw new NoSuchKey(`it is no key of an entity of the map: give ${attributes}, or entity and its parameters`);
}

/** A key attribute that is a number or a binary. */
type Untyped = Exclude<AttributePattern, { kind: 'text' }>;

/** Which columns are not text, by the name that a row calls them by. */
function kindsBy(nameOf: (pattern: Untyped) => string, entities: readonly AnyEntity[]): Map<string, Untyped['kind']> {
  const patterns = entities.flatMap(({ keyPatterns = [] }) => keyPatterns);
  return new Map(patterns.flatMap((pattern) => (pattern.kind === 'text' ? [] : [[nameOf(pattern), pattern.kind]])));
}

/** A number that is none stays text, which the key then refuses by the parameter's name. */
function typed(columns: KeyRow, kinds: ReadonlyMap<string, Untyped['kind']>): { [name: string]: KeyValue } {
  return Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, typedValue(value, kinds.get(name))]));
}

function typedValue(value: KeyRow[string], kind: Untyped['kind'] | undefined): KeyValue {
  if (kind === 'number') return numberFrom(String(value)) ?? value;
  return kind === 'binary' ? Buffer.from(String(value), 'base64') : value;
}
