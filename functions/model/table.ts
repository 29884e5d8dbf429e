import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Problem } from '../../shared/runtime/problem.ts';
import { requireTableName } from '../../shared/runtime/table-name.ts';
import { traceCommands } from '../../shared/runtime/traced-commands.ts';
import { type Condition, conditionOf, EXISTS, IS_NEW } from './condition.ts';
import type { TableKey } from './keys.ts';

/*
 * The write path: plain DynamoDB, and nothing of the cache, which learns of every change from the table's stream.
 *
 * Nothing is read before it is written. What must hold for a write stands in the write itself as a condition, so that
 * it holds at that moment and not on an answer from earlier; a refused write then says which of its causes it was, by
 * the item that DynamoDB found.
 */

export const dynamodb = await traceCommands(new DynamoDBClient({}));
export const TABLE_NAME = requireTableName(process.env.TABLE_NAME);

/** An item's attributes as plain values. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Why a condition did not hold. @param found the item as it is; `undefined` where there is none */
export type Refusal = (found: Attributes | undefined) => Problem;

/**
 * Writes an item that must not exist.
 *
 * @throws {Problem} of `refusal` when it does
 */
export async function createItem(item: TableKey & Attributes, refusal: Refusal): Promise<void> {
  const command = new PutItemCommand({ TableName: TABLE_NAME, Item: marshall(item), ...conditionOf(IS_NEW) });
  await unlessRefused(dynamodb.send(command), refusal);
}

/** Writes an item over whatever is there. @returns whether it is new */
export async function putItem(item: TableKey & Attributes): Promise<'created' | 'replaced'> {
  const command = new PutItemCommand({ TableName: TABLE_NAME, Item: marshall(item), ReturnValues: 'ALL_OLD' });
  const { Attributes: old } = await dynamodb.send(command);
  return old === undefined ? 'created' : 'replaced';
}

/** What becomes of an item, and on which condition. */
export interface ItemChange {
  readonly set: Attributes;
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
  /** Default: that the item exists. */
  readonly onlyIf?: Condition;
}

/**
 * Changes an item.
 *
 * @returns the item as it is now
 * @throws {Problem} of `refusal` when the condition does not hold
 */
export async function updateItem(key: TableKey, change: ItemChange, refusal: Refusal): Promise<Attributes> {
  const { set, add = {}, remove = [], onlyIf = EXISTS } = change;
  const condition = conditionOf(onlyIf);
  const changed = { ...set, ...add };
  const clauses = [
    `SET ${list(Object.keys(set), (name) => `#${name} = :${name}`)}`,
    ...(Object.keys(add).length > 0 ? [`ADD ${list(Object.keys(add), (name) => `#${name} :${name}`)}`] : []),
    ...(remove.length > 0 ? [`REMOVE ${list(remove, (name) => `#${name}`)}`] : []),
  ];
  const command = new UpdateItemCommand({
    TableName: TABLE_NAME,
    Key: marshall(key),
    UpdateExpression: clauses.join(' '),
    ...condition,
    // Each name through a placeholder: `status` and `items` are among DynamoDB's hundreds of reserved words.
    ExpressionAttributeNames: {
      ...Object.fromEntries([...Object.keys(changed), ...remove].map((name) => [`#${name}`, name])),
      ...condition.ExpressionAttributeNames,
    },
    ExpressionAttributeValues: {
      ...marshall(Object.fromEntries(Object.entries(changed).map(([name, value]) => [`:${name}`, value]))),
      ...condition.ExpressionAttributeValues,
    },
    ReturnValues: 'ALL_NEW',
  });
  const { Attributes: now = {} } = await unlessRefused(dynamodb.send(command), refusal);
  return unmarshall(now);
}

/**
 * Deletes an item that must exist.
 *
 * @throws {Problem} of `refusal` when it does not
 */
export async function deleteItem(key: TableKey, refusal: Refusal): Promise<void> {
  const command = new DeleteItemCommand({ TableName: TABLE_NAME, Key: marshall(key), ...conditionOf(EXISTS) });
  await unlessRefused(dynamodb.send(command), refusal);
}

const list = <Element>(elements: readonly Element[], write: (element: Element) => string): string =>
  elements.map(write).join(', ');

async function unlessRefused<Output>(write: Promise<Output>, refusal: Refusal): Promise<Output> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw refusal(error.Item && unmarshall(error.Item));
  }
}
