import { describe, expect, it } from 'vitest';
import { keyConditions, meets, QueryNotUnderstood } from '../../../../local/replay/key-condition.ts';
import type { ItemValue } from '../../../../shared/entry/item.ts';
import type { QueryRequest } from '../../../../shared/map/collection.ts';

const request = (KeyConditionExpression: string, values: { [name: string]: ItemValue } = {}): QueryRequest => ({
  KeyConditionExpression,
  ExpressionAttributeValues: { ':p': 'ORG#acme', ':a': 'b', ':z': 'd', ...values },
});

/** Whether an item with that sort key is part of the result. */
function selects(expression: string, sort: ItemValue, values?: { [name: string]: ItemValue }): boolean {
  const item: { [name: string]: ItemValue } = { PK: 'ORG#acme', SK: sort };
  return keyConditions(request(expression, values)).every((condition) => meets(item[condition.attribute], condition));
}

describe('key conditions', () => {
  it.each([
    ['PK = :p', 'anything', true],
    ['PK = :a', 'anything', false],
    ['PK = :p AND SK = :a', 'b', true],
    ['PK = :p AND SK = :a', 'bb', false],
    ['PK = :p AND SK < :a', 'a', true],
    ['PK = :p AND SK < :a', 'b', false],
    ['PK = :p AND SK <= :a', 'b', true],
    ['PK=:p and SK>:a', 'c', true],
    ['PK = :p AND SK > :a', 'b', false],
    ['PK = :p AND SK >= :a', 'b', true],
    ['PK = :p AND SK BETWEEN :a AND :z', 'd', true],
    ['PK = :p AND SK BETWEEN :a AND :z', 'e', false],
    ['PK = :p AND begins_with(SK, :a)', 'bcd', true],
    ['(PK = :p) AND (begins_with ( SK , :a ))', 'abc', false],
  ])('%s selects %s: %s', (expression, sort, expected) => {
    expect(selects(expression, sort)).toBe(expected);
  });

  it('compares numbers by value and binaries by their bytes', () => {
    expect(selects('PK = :p AND SK > :a', 10, { ':a': 9 })).toBe(true);
    expect(selects('PK = :p AND SK = :a', 12345678901234567890n, { ':a': 12345678901234567891n })).toBe(false);
    expect(selects('PK = :p AND SK < :a', -0.25, { ':a': 0.05 })).toBe(true);
    expect(selects('PK = :p AND begins_with(SK, :a)', Uint8Array.of(1, 2), { ':a': Uint8Array.of(1) })).toBe(true);
  });

  it('is never met by a value of another type', () => {
    expect(selects('PK = :p AND SK >= :a', '10', { ':a': 9 })).toBe(false);
  });

  it('orders texts by their UTF-8 bytes, as DynamoDB does', () => {
    // As UTF-16, the fox (a surrogate pair) would stand before U+FFFD.
    expect(selects('PK = :p AND SK > :a', '🦊', { ':a': '\ufffd' })).toBe(true);
  });

  it('resolves names that are placeholders', () => {
    const conditions = keyConditions({ ...request('#pk = :p'), ExpressionAttributeNames: { '#pk': 'PK' } });

    expect(conditions).toEqual([{ attribute: 'PK', operator: '=', operands: ['ORG#acme'] }]);
  });

  it.each(['', 'PK <> :p', 'PK = :p OR SK = :a', 'PK = :missing', '#pk = :p', 'size(PK) = :p'])(
    'does not guess what "%s" means',
    (expression) => {
      expect(() => keyConditions(request(expression))).toThrow(QueryNotUnderstood);
    },
  );
});
