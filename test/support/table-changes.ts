import { DeleteItemCommand, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { TableKey } from '../../functions/model/keys.ts';
import { localClientConfig } from '../../local/aws.ts';
import type { Stack } from '../../local/start/stack.ts';

/* Changes that no route makes: somebody else's, who knows the table and nothing of a cache either. */

/** Sets attributes of an item, and removes those that are `undefined`. */
export async function changeItem(
  { table, dynamodbEndpoint }: Stack,
  key: TableKey,
  changes: Readonly<Record<string, unknown>>,
): Promise<void> {
  const names = Object.keys(changes);
  const set = names.filter((name) => changes[name] !== undefined);
  const removed = names.filter((name) => changes[name] === undefined);
  const clauses = [
    ...(set.length > 0 ? [`SET ${set.map((name) => `#${name} = :${name}`).join(', ')}`] : []),
    ...(removed.length > 0 ? [`REMOVE ${removed.map((name) => `#${name}`).join(', ')}`] : []),
  ];
  await withClient(dynamodbEndpoint, (client) =>
    client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall(key),
        UpdateExpression: clauses.join(' '),
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ...(set.length > 0 && {
          ExpressionAttributeValues: marshall(Object.fromEntries(set.map((name) => [`:${name}`, changes[name]]))),
        }),
      }),
    ),
  );
}

export async function removeItem({ table, dynamodbEndpoint }: Stack, key: TableKey): Promise<void> {
  await withClient(dynamodbEndpoint, (client) =>
    client.send(new DeleteItemCommand({ TableName: table.name, Key: marshall(key) })),
  );
}

async function withClient(endpoint: string, work: (client: DynamoDBClient) => Promise<unknown>): Promise<void> {
  const client = new DynamoDBClient(localClientConfig(endpoint));
  try {
    await work(client);
  } finally {
    client.destroy();
  }
}
