import type { Item, PrimaryKey } from '../../shared/entry/item.ts';
import { collection, defineCacheMap, entity, hours, minutes, pick, textOf } from '../../shared/index.ts';
import type { TablePage, TableReader } from '../../shared/read/table.ts';
import type { RecordOptions } from './lambda-records.ts';
import { lambdaRecord, streamArn } from './lambda-records.ts';

export const NAMESPACE = 'test';

export const user = entity('user', {
  key: { PK: 'USER#{username}', SK: 'USER#{username}' },
  onChange: 'refresh',
  ttl: hours(12),
  project: pick('username', 'name'),
});

/** The whole item is the value; throws where an item is marked to. */
export const order = entity('order', {
  key: { PK: 'ORDER#{orderId}', SK: 'ORDER#{orderId}' },
  onChange: 'refresh',
  ttl: hours(12),
  project: (item) => {
    if (item.broken === true) throw new TypeError(`cannot project ${String(item.orderId)}`);
    return item;
  },
});

/** One parameter set for each customer: an order may move from one to another. */
export const ordersOf = collection('orders-of', {
  of: order,
  by: (image) => [{ customer: textOf(image, 'customer') }],
  query: () => ({ KeyConditionExpression: 'PK = :all' }),
  onChange: 'invalidate',
  ttl: minutes(30),
});

export const users = collection('users', {
  of: user,
  by: () => [{}],
  query: () => ({ KeyConditionExpression: 'PK = :all' }),
  onChange: 'invalidate',
  ttl: minutes(30),
});

export const map = defineCacheMap({ entities: [user, order], collections: [ordersOf, users] });

export const userKey = (name: string) => ({ PK: `USER#${name}`, SK: `USER#${name}` });
export const orderKey = (id: string) => ({ PK: `ORDER#${id}`, SK: `ORDER#${id}` });

/** A record of a user; its images are the whole item. */
export function userRecord(username: string, options: Omit<RecordOptions, 'key' | 'newImage'> & { name?: string }) {
  const key = userKey(username);
  const { name = 'recorded', ...rest } = options;
  return lambdaRecord({ ...rest, key, newImage: { ...key, username, name } });
}

/** What Lambda sends to an on-failure queue, as its documentation shows it. */
export function failureMessage(range: { start: string; end: string; count: number; label?: string }) {
  return {
    requestContext: {
      requestId: '316aa6d0-8154-xmpl-9af7-85d5f4a6bc81',
      functionArn: 'arn:aws:lambda:us-east-2:123456789012:function:my-function',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 1,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: '2019-11-14T00:13:49.717Z',
    DDBStreamBatchInfo: {
      shardId: 'shardId-00000001573689847184-864758bb',
      startSequenceNumber: range.start,
      endSequenceNumber: range.end,
      approximateArrivalOfFirstRecord: '2019-11-14T00:13:19Z',
      approximateArrivalOfLastRecord: '2019-11-14T00:13:19Z',
      batchSize: range.count,
      streamArn: streamArn(range.label),
    },
  };
}

/** A table that a test fills. */
export interface TestTable extends TableReader {
  put(item: Item & { readonly PK: string; readonly SK: string }): void;
  remove(key: PrimaryKey): void;
}

export function createTestTable(): TestTable {
  const items = new Map<string, Item>();
  const place = ({ PK, SK }: PrimaryKey | Item): string => JSON.stringify([PK, SK]);
  const get = async (key: PrimaryKey): Promise<Item | undefined> => items.get(place(key));
  return {
    put: (item) => void items.set(place(item), item),
    remove: (key) => void items.delete(place(key)),
    get,
    getMany: (keys) => Promise.all(keys.map(get)),
    query: async (): Promise<TablePage> => ({ items: [...items.values()], cursor: undefined }),
  };
}
