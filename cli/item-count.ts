import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** About how many items a table has, for a progress line; `undefined` for whoever may not ask. */
export async function itemCount(client: DynamoDBClient, tableName: string): Promise<number | undefined> {
  // DynamoDB counts them every six hours. Whoever may scan a table need not be allowed to describe it.
  const description = await client.send(new DescribeTableCommand({ TableName: tableName })).catch(() => undefined);
  return description?.Table?.ItemCount;
}
