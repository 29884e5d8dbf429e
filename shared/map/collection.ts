import type { Item, ItemValue } from '../entry/item.ts';
import { type Duration, seconds } from '../time.ts';
import { checkDuration, checkName, checkOneOf, checkTtl, checkVersion } from './definition-checks.ts';
import type { AnyEntity } from './entity.ts';
import { MapDefinitionError } from './errors.ts';
import type { Named } from './key-scheme.ts';

/** Parameters of a query by name. */
export type CollectionParams = { readonly [name: string]: string | number };

/** DynamoDB's `Query`, without the table, the limit and the start key, which the reader adds. Values are plain. */
export interface QueryRequest {
  readonly IndexName?: string;
  readonly KeyConditionExpression: string;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: { readonly [placeholder: string]: string };
  /** Plain JavaScript values; they are marshalled for the request. */
  readonly ExpressionAttributeValues?: { readonly [placeholder: string]: ItemValue };
  readonly ScanIndexForward?: boolean;
  /** Only on the base table; an index has none. */
  readonly ConsistentRead?: boolean;
}

/** A query whose result is cached, page by page. Made by {@link collection}. */
export interface Collection<Params = CollectionParams, Value = unknown, Name extends string = string> {
  readonly kind: 'collection';
  readonly name: Name;
  readonly version: number;
  /** The entities whose changes affect it. */
  readonly of: readonly AnyEntity[];
  readonly onChange: 'invalidate' | 'reload';
  readonly ttl: Duration;
  readonly settle: Duration;
  readonly pageSize: number | undefined;
  /** The parameter sets whose result an image belongs to. The user's code: it may throw. */
  by(image: Item, entity: string): readonly Params[];
  query(params: Params): QueryRequest;
  /** What is cached of each item. The user's code: it may throw. */
  project(item: Item): Value;
}

/** Any collection. (Its methods are bivariant, so that every `Collection<Params, Value>` is one.) */
export type AnyCollection = Collection;

export interface CollectionOptions<Of extends AnyEntity | readonly AnyEntity[], Params, Value> {
  /** The entity or entities whose changes affect the result. */
  readonly of: Of;
  /**
   * The parameter sets whose result an item belongs to: none (`[]`), one, or several; `[{}]` where the query has no
   * parameters. Asked for the old and the new image of a change. Write it before `query`, which then knows the type.
   */
  readonly by: (image: Item, entity: NameOf<Of>) => readonly Params[];
  /** The query for one parameter set. */
  readonly query: (params: Named<Params>) => QueryRequest;
  /**
   * How long after a change a result is answered but not stored: a global secondary index lags behind the table.
   * `seconds(0)` for a `ConsistentRead` of the table itself. Default: 2 s.
   */
  readonly settle?: Duration;
  /** A change makes the cached pages invalid; `reload` also queries the first page again at once. */
  readonly onChange: 'invalidate' | 'reload';
  /** How long a page is kept; whole seconds, at least 60 s. */
  readonly ttl: Duration;
  /** What is cached of each item. Default: the whole item. */
  readonly project?: (item: Item) => Value;
  /** Items a page, unless the reader asks for another number. Default: what DynamoDB returns, up to 1 MB. */
  readonly pageSize?: number;
  /** Raise it with the shape of the value, or with the query. Default: 1. */
  readonly version?: number;
}

/**
 * Defines a query whose result is cached.
 *
 * @param name in cache keys, metrics and logs; unique among the map's entities and collections
 * @throws {MapDefinitionError} for a definition that cannot work
 * @example
 * ```ts
 * const members = collection('members', {
 *   of: membership,
 *   by: (image) => [{ organization: textOf(image, 'organization') }],
 *   query: ({ organization }) => ({
 *     KeyConditionExpression: 'PK = :org AND begins_with(SK, :user)',
 *     ExpressionAttributeValues: { ':org': `ORG#${organization}`, ':user': 'USER#' },
 *     ConsistentRead: true,
 *   }),
 *   settle: seconds(0),
 *   onChange: 'invalidate',
 *   ttl: hours(1),
 * });
 * ```
 */
export function collection<
  const Name extends string,
  const Of extends AnyEntity | readonly AnyEntity[],
  Params extends { readonly [Parameter in keyof Params]: string | number },
  Value = Item,
>(name: Name, options: CollectionOptions<Of, Params, Value>): Collection<Named<Params>, Value, Name>;
export function collection(
  name: string,
  options: CollectionOptions<AnyEntity | readonly AnyEntity[], CollectionParams, unknown>,
): Collection {
  const { by, query, settle = seconds(2), onChange, ttl, project, pageSize, version = 1 } = options;
  const culprit = `collection '${name}'`;
  checkName('collection', name);
  checkVersion(version, culprit);
  checkOneOf('onChange', onChange, ['invalidate', 'reload'], culprit);
  checkTtl('ttl', ttl, culprit);
  checkDuration('settle', settle, culprit);
  if (settle >= ttl)
    throw new MapDefinitionError(culprit, 'settle is not shorter than ttl: no page would ever be stored');
  if (pageSize !== undefined && !(Number.isSafeInteger(pageSize) && pageSize >= 1)) {
    throw new MapDefinitionError(culprit, `pageSize is ${pageSize}; give a whole number from 1`);
  }
  const of = listOf(options.of);
  if (of.length === 0) throw new MapDefinitionError(culprit, '`of` is empty: no change would ever reach it');

  return {
    kind: 'collection',
    name,
    version,
    of,
    onChange,
    ttl,
    settle,
    pageSize,
    by,
    query,
    project: project ?? ((item) => item),
  };
}

type NameOf<Of extends AnyEntity | readonly AnyEntity[]> = Of extends readonly AnyEntity[]
  ? Of[number]['name']
  : Of extends AnyEntity
    ? Of['name']
    : never;

const listOf = (of: AnyEntity | readonly AnyEntity[]): readonly AnyEntity[] => ('kind' in of ? [of] : [...of]);
