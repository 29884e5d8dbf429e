import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';

/** What must hold of an item for a write to be made. */
export type Condition = typeof EXISTS | typeof IS_NEW | { readonly [attribute: string]: string | readonly string[] };

/** The item exists. */
export const EXISTS = 'exists';
/** There is no such item. */
export const IS_NEW = 'is new';

/** The part of a DynamoDB request that states a condition. */
export interface ConditionRequest {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
  /** Tells why it failed, at no cost, and without a read that might already see something else. */
  readonly ReturnValuesOnConditionCheckFailure: 'ALL_OLD';
}

/**
 * Writes a condition for DynamoDB. An object stands for an item whose attributes have these values, or one of them.
 *
 * @example conditionOf({ createdBy: 'alice', status: ['OPEN', 'SUBMITTED'] })
 */
export function conditionOf(condition: Condition): ConditionRequest {
  const onFailure = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  if (condition === EXISTS) return { ConditionExpression: 'attribute_exists(PK)', ...onFailure };
  if (condition === IS_NEW) return { ConditionExpression: 'attribute_not_exists(PK)', ...onFailure };
  const names: Record<string, string> = {};
  const values: Record<string, string> = {};
  const terms = Object.entries(condition).map(([attribute, allowed]) => {
    names[`#${attribute}`] = attribute;
    const placeholders = [allowed].flat().map((value, i) => {
      // Not the placeholder that the same attribute has in the update that the condition is for.
      const placeholder = `:${attribute}Is${i}`;
      values[placeholder] = value;
      return placeholder;
    });
    return `#${attribute} IN (${placeholders.join(', ')})`;
  });
  return {
    ConditionExpression: terms.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: marshall(values),
    ...onFailure,
  };
}
