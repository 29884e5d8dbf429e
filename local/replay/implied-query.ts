import type { Item, ItemValue, PrimaryKey } from '../../shared/entry/item.ts';
import type { QueryRequest } from '../../shared/map/collection.ts';
import { decodeCursor, encodeCursor } from '../../shared/read/cursor.ts';
import type { TablePage } from '../../shared/read/table.ts';
import { identityOf } from './change-log.ts';
import { compareKeyValues, type KeyCondition, keyConditions, meets, QueryNotUnderstood } from './key-condition.ts';

/** The sort attribute of each index of the table. */
export type SortAttributes = ReadonlyMap<string, string>;

/** A query that was understood. */
export interface ImpliedQuery {
  /** Text that two queries share only if they ask for the same partition of the same index. */
  readonly partition: string;
  /** Whether an item is part of the result. */
  includes(item: Item): boolean;
  /** Whether an item of which only the key is known could be part of it. */
  couldInclude(key: PrimaryKey): boolean;
  /** One page of the result, made of the items that are part of it. */
  page(members: readonly Member[], page: { limit?: number; cursor?: string }): TablePage;
}

export interface Member {
  readonly key: PrimaryKey;
  readonly item: Item;
}

/**
 * Understands a query by its key condition, which decides all but the order; that is the index's.
 *
 * @throws {QueryNotUnderstood} for filters and projections, and for key conditions that DynamoDB would refuse
 */
export function understand(request: QueryRequest, sortAttributes: SortAttributes): ImpliedQuery {
  if (request.FilterExpression !== undefined || request.ProjectionExpression !== undefined) {
    throw new QueryNotUnderstood('filter and projection expressions are not evaluated by the replay');
  }
  const conditions = keyConditions(request);
  const partition = conditions.find(({ operator }) => operator === '=');
  if (partition === undefined) throw new QueryNotUnderstood('a key condition without a partition');
  const { IndexName: index } = request;
  const sort =
    conditions.find((condition) => condition !== partition)?.attribute ??
    (index === undefined ? undefined : sortAttributes.get(index));

  const includes = (item: Item): boolean =>
    conditions.every((condition) => meets(own(item, condition), condition)) &&
    // An item without the index's sort attribute is not in the index.
    (sort === undefined || Object.hasOwn(item, sort));

  return {
    partition: JSON.stringify([index ?? '', partition.attribute, String(partition.operands[0])]),
    includes,
    couldInclude: (key) =>
      conditions.every((condition) => !(condition.attribute in key) || includesKey(key, condition)),
    page(members, { limit, cursor }) {
      const backwards = request.ScanIndexForward === false;
      const sorted = members.toSorted((a, b) => compareMembers(a, b, sort) * (backwards ? -1 : 1));
      const start = cursor === undefined ? 0 : 1 + placeOf(sorted, decodeCursor(cursor));
      const taken = sorted.slice(start, limit === undefined ? undefined : start + limit);
      const last = taken.at(-1);
      const isLast = start + taken.length >= sorted.length;
      return {
        items: taken.map(({ item }) => item),
        cursor: last === undefined || isLast ? undefined : encodeCursor(last.key),
      };
    },
  };
}

const own = (item: Item, { attribute }: KeyCondition): ItemValue | undefined =>
  Object.hasOwn(item, attribute) ? item[attribute] : undefined;

const includesKey = (key: PrimaryKey, condition: KeyCondition): boolean => meets(key[condition.attribute], condition);

function compareMembers(a: Member, b: Member, sort: string | undefined): number {
  const bySort = sort === undefined ? 0 : (compareKeyValues(a.item[sort], b.item[sort]) ?? 0);
  if (bySort !== 0) return bySort;
  const [left, right] = [identityOf(a.key), identityOf(b.key)];
  return left === right ? 0 : left < right ? -1 : 1;
}

function placeOf(members: readonly Member[], key: PrimaryKey): number {
  const id = identityOf(key);
  return members.findIndex((member) => identityOf(member.key) === id);
}
