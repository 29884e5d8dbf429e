import type { ItemValue, KeyValue } from '../../shared/entry/item.ts';
import type { ExactNumber } from '../../shared/entry/number.ts';
import type { QueryRequest } from '../../shared/map/collection.ts';
import { encodeKeyValue, isExactNumber } from '../../shared/map/key-value.ts';

/** One part of a `KeyConditionExpression`: what a key attribute must be. */
export interface KeyCondition {
  readonly attribute: string;
  readonly operator: '=' | '<' | '<=' | '>' | '>=' | 'between' | 'begins_with';
  /** Two for `between`. */
  readonly operands: readonly KeyValue[];
}

/** A query says something that is not understood here; its result is then unknown. */
export class QueryNotUnderstood extends Error {
  override readonly name = 'QueryNotUnderstood';
}

/**
 * Reads the key condition of a query: at most two comparisons, joined by `AND`, which is all that DynamoDB allows.
 *
 * @throws {QueryNotUnderstood} for anything else
 */
export function keyConditions(request: QueryRequest): KeyCondition[] {
  const conditions: KeyCondition[] = [];
  const rest = request.KeyConditionExpression.replace(COMPARISON, (...match) => {
    conditions.push(conditionFrom(match.at(-1), request));
    return '';
  });
  if (conditions.length > 0 && /^[\s()]*(AND)?[\s()]*$/i.test(rest)) return conditions;
  throw new QueryNotUnderstood(`the key condition "${request.KeyConditionExpression}" is not understood`);
}

/** Whether a value meets a condition. A value of another type never does. */
export function meets(value: ItemValue | undefined, { operator, operands }: KeyCondition): boolean {
  const [first, second] = operands;
  if (first === undefined) return false;
  if (operator === 'begins_with') return beginsWith(value, first);
  const order = compareKeyValues(value, first);
  if (order === undefined) return false;
  switch (operator) {
    case '=':
      return order === 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case 'between': {
      const upper = second === undefined ? undefined : compareKeyValues(value, second);
      return order >= 0 && upper !== undefined && upper <= 0;
    }
  }
}

/** DynamoDB's order of key values: texts by their UTF-8 bytes, numbers by value. `undefined` for two types. */
export function compareKeyValues(a: ItemValue | undefined, b: ItemValue | undefined): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (!isExactNumber(a) || !isExactNumber(b)) return undefined;
  return compareNumbers(a, b);
}

const NAME = String.raw`#?[A-Za-z_][\w.-]*`;
const VALUE = String.raw`:\w+`;
const COMPARISON = new RegExp(
  [
    String.raw`begins_with\s*\(\s*(?<prefixed>${NAME})\s*,\s*(?<prefix>${VALUE})\s*\)`,
    String.raw`(?<ranged>${NAME})\s+BETWEEN\s+(?<from>${VALUE})\s+AND\s+(?<to>${VALUE})`,
    String.raw`(?<compared>${NAME})\s*(?<operator><=|>=|=|<|>)\s*(?<operand>${VALUE})`,
  ].join('|'),
  'gi',
);

function conditionFrom(groups: Record<string, string | undefined>, request: QueryRequest): KeyCondition {
  const { prefixed, prefix, ranged, from, to, compared, operator, operand } = groups;
  const attribute = nameOf(prefixed ?? ranged ?? compared ?? '', request);
  if (prefixed !== undefined) return { attribute, operator: 'begins_with', operands: [operandOf(prefix, request)] };
  if (ranged !== undefined) {
    return { attribute, operator: 'between', operands: [operandOf(from, request), operandOf(to, request)] };
  }
  const known = (['=', '<', '<=', '>', '>='] as const).find((each) => each === operator) ?? '=';
  return { attribute, operator: known, operands: [operandOf(operand, request)] };
}

function nameOf(name: string, { ExpressionAttributeNames: names = {} }: QueryRequest): string {
  if (!name.startsWith('#')) return name;
  const attribute = names[name];
  if (attribute === undefined) throw new QueryNotUnderstood(`the query does not say what ${name} stands for`);
  return attribute;
}

function operandOf(name = '', { ExpressionAttributeValues: values = {} }: QueryRequest): KeyValue {
  const value = values[name];
  if (typeof value === 'string' || value instanceof Uint8Array || isExactNumber(value)) return value;
  throw new QueryNotUnderstood(`the query does not say what ${name} stands for, or it is not a key's value`);
}

function beginsWith(value: ItemValue | undefined, prefix: KeyValue): boolean {
  if (typeof value === 'string' && typeof prefix === 'string') return value.startsWith(prefix);
  if (!(value instanceof Uint8Array) || !(prefix instanceof Uint8Array)) return false;
  return Buffer.compare(value.subarray(0, prefix.length), prefix) === 0;
}

/** Exactly: two numbers may be closer to each other than doubles tell apart. */
function compareNumbers(a: ExactNumber, b: ExactNumber): number {
  const numbers = [a, b].map((number) => canonicalText(number).split('.'));
  const places = Math.max(...numbers.map(([, fraction = '']) => fraction.length));
  const [left = 0n, right = 0n] = numbers.map(([whole, fraction = '']) => BigInt(whole + fraction.padEnd(places, '0')));
  return left === right ? 0 : left < right ? -1 : 1;
}

/** The one decimal text for a number, as cache keys have it behind `n=`. */
const canonicalText = (number: ExactNumber): string => encodeKeyValue(number)?.slice('n='.length) ?? '0';
