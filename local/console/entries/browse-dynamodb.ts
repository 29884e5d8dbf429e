import { type AttributeValue, DynamoDBClient, GetItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { liveValue, partitionKey } from '../../../shared/store/dynamodb-item.ts';
import { localClientConfig } from '../../aws.ts';
import { type CacheBrowser, MOST_LISTED, type StoredBytes } from './browse.ts';

/** Scans a cache table. A key that was too long for the table is there as its hash, and so it is shown. */
export function browseDynamoDB(endpoint: string, tableName: string): CacheBrowser {
  const client = new DynamoDBClient(localClientConfig(endpoint));
  return {
    async list() {
      const found: StoredBytes[] = [];
      for await (const { Items: items = [] } of paginateScan({ client }, { TableName: tableName })) {
        found.push(...items.flatMap((item) => storedIn(item) ?? []));
        if (found.length >= MOST_LISTED) break;
      }
      return found;
    },
    async find(key) {
      const { Item: item } = await client.send(
        new GetItemCommand({ TableName: tableName, Key: { k: { S: partitionKey(key) } }, ConsistentRead: true }),
      );
      return item && storedIn(item);
    },
    close: async () => client.destroy(),
  };
}

function storedIn(item: Record<string, AttributeValue>): StoredBytes | undefined {
  const now = Date.now();
  const bytes = liveValue(item, now);
  return bytes && { key: item.k?.S ?? '', bytes, ttl: Number(item.t?.N) - now };
}
