import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { ExponentialBackoff, handleWhenResult, retry } from 'cockatiel';
import { attributesFrom, type Item, itemFromAttributes, type PrimaryKey } from '../entry/item.ts';
import { isKeyValue } from '../entry/key.ts';
import type { QueryRequest } from '../map/collection.ts';
import { encodeKeyValue } from '../map/key-value.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';

/** The table as the reader sees it. */
export interface TableReader {
  /** One consistent read. */
  get(key: PrimaryKey): Promise<Item | undefined>;
  /** Consistent reads of many keys, in their order, without duplicates; 100 to a request. */
  getMany(keys: readonly PrimaryKey[]): Promise<(Item | undefined)[]>;
  /** One page of a query. Consistent only if the request says so. */
  query(request: QueryRequest, page: { limit?: number; cursor?: string }): Promise<TablePage>;
}

export interface TablePage {
  readonly items: readonly Item[];
  readonly cursor: string | undefined;
}

/**
 * The table over the AWS SDK. A read that precedes a fill is consistent: an eventually consistent one may return what
 * was there before a change whose event has already been handled, and nothing would ever correct that fill.
 *
 * @param onReadUnits hears of the read units that each request of `getMany` consumed. Only where somebody listens is
 *   DynamoDB asked to say so.
 */
export function createTableReader(
  client: DynamoDBClient,
  tableName: string,
  onReadUnits?: (units: number) => void,
): TableReader {
  return {
    async get(key) {
      const command = new GetItemCommand({ TableName: tableName, Key: attributesFrom(key), ConsistentRead: true });
      const { Item: found } = await client.send(command);
      return found === undefined ? undefined : itemFromAttributes(found);
    },

    async getMany(keys) {
      const found = new Map<string, Item>();
      for (let start = 0; start < keys.length; start += BATCH_GET_LIMIT) {
        const batch = keys.slice(start, start + BATCH_GET_LIMIT);
        for (const item of await batchGet(client, tableName, batch, onReadUnits)) {
          found.set(identity(item, keys[0]), item);
        }
      }
      return keys.map((key) => found.get(identity(key, key)));
    },

    async query({ ExpressionAttributeValues: values, ...request }, { limit, cursor }) {
      const { Items: items = [], LastEvaluatedKey: last } = await client.send(
        new QueryCommand({
          TableName: tableName,
          ...request,
          ...(values && { ExpressionAttributeValues: attributesFrom(values) }),
          ...(limit !== undefined && { Limit: limit }),
          ...(cursor !== undefined && { ExclusiveStartKey: attributesFrom(decodeCursor(cursor)) }),
        }),
      );
      return {
        items: items.map(itemFromAttributes),
        cursor: last === undefined ? undefined : encodeCursor(itemFromAttributes(last)),
      };
    },
  };
}

/** Keys to one `BatchGetItem` request, by the API's limit. */
const BATCH_GET_LIMIT = 100;

type Attributes = Record<string, AttributeValue>;

/** Asks again, with backoff, for what DynamoDB left unprocessed (response size or throttling). */
async function batchGet(
  client: DynamoDBClient,
  tableName: string,
  keys: readonly PrimaryKey[],
  onReadUnits: ((units: number) => void) | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  let pending: Attributes[] = keys.map((key) => attributesFrom(key));
  const untilProcessed = retry(
    handleWhenResult(() => pending.length > 0),
    { maxAttempts: 8, backoff: new ExponentialBackoff({ initialDelay: 25, maxDelay: 1_000 }) },
  );
  await untilProcessed.execute(async () => {
    const {
      Responses: responses,
      UnprocessedKeys: unprocessed,
      ConsumedCapacity: consumed = [],
    } = await client.send(
      new BatchGetItemCommand({
        RequestItems: { [tableName]: { Keys: pending, ConsistentRead: true } },
        ...(onReadUnits && { ReturnConsumedCapacity: 'TOTAL' }),
      }),
    );
    for (const { CapacityUnits: units = 0 } of consumed) onReadUnits?.(units);
    // A table that is named by its ARN is answered under whichever of the two names the service chooses.
    for (const item of Object.values(responses ?? {}).flat()) items.push(itemFromAttributes(item));
    pending = Object.values(unprocessed ?? {}).flatMap(({ Keys: left = [] }) => left);
  });
  if (pending.length > 0) {
    throw new TableBusy(`BatchGetItem left ${pending.length} of ${keys.length} keys unprocessed after 9 requests`);
  }
  return items;
}

/** DynamoDB kept leaving keys unprocessed: the table is throttled. */
export class TableBusy extends Error {
  override readonly name = 'TableBusy';
}

/**
 * Text that two keys share if and only if they are the same key to DynamoDB, whichever of JavaScript's number types
 * each holds; `shape` says which attributes make up a key.
 */
function identity(item: Item | PrimaryKey, shape: PrimaryKey | undefined): string {
  return JSON.stringify(
    Object.keys(shape ?? {}).map((name) => {
      const value = item[name];
      return isKeyValue(value) ? encodeKeyValue(value) : undefined;
    }),
  );
}
