import {
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { busy } from '../../shared/runtime/problem.ts';
import { type Condition, conditionOf, IS_NEW } from './condition.ts';
import type { TableKey } from './keys.ts';
import { type Attributes, dynamodb, type Refusal, TABLE_NAME } from './table.ts';

/** A part of a transaction, and what it means that its condition does not hold. */
export interface Step {
  readonly action: TransactWriteItem;
  readonly refusal: Refusal;
}

/** Holds the transaction to a condition on an item that it does not change. */
export const check = (key: TableKey, condition: Condition, refusal: Refusal): Step => ({
  action: { ConditionCheck: { TableName: TABLE_NAME, Key: marshall(key), ...conditionOf(condition) } },
  refusal,
});

/** Writes an item that must not exist. */
export const create = (item: TableKey & Attributes, refusal: Refusal): Step => ({
  action: { Put: { TableName: TABLE_NAME, Item: marshall(item), ...conditionOf(IS_NEW) } },
  refusal,
});

/** Deletes an item on a condition. */
export const remove = (key: TableKey, condition: Condition, refusal: Refusal): Step => ({
  action: { Delete: { TableName: TABLE_NAME, Key: marshall(key), ...conditionOf(condition) } },
  refusal,
});

/**
 * Does all of it or nothing.
 *
 * @param steps no two of them on one item; where several conditions fail, the first step's refusal is the answer
 * @throws {Problem} the refusal, or 503 when another transaction was at work on one of the items
 */
export async function transact(...steps: readonly Step[]): Promise<void> {
  try {
    await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: steps.map(({ action }) => action) }));
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const { CancellationReasons: reasons = [] } = error;
    for (const [i, { refusal }] of steps.entries()) {
      const reason = reasons[i];
      if (reason?.Code === 'ConditionalCheckFailed') throw refusal(reason.Item && unmarshall(reason.Item));
    }
    if (reasons.some(({ Code = '' }) => PASSING.has(Code))) throw busy();
    throw error;
  }
}

/** Reasons that will be gone in a moment. The SDK does not try a cancelled transaction again. */
const PASSING: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);
