import {
  CreateTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { Template } from '../template/template.ts';

/**
 * Creates the cache table of template.yaml under a name of this machine, unless there is one of that name (a DynamoDB
 * endpoint of the user's own may hold it from the last time).
 */
export async function createCacheTable(client: DynamoDBClient, template: Template, name: string): Promise<void> {
  const { TimeToLiveSpecification, ...definition } = template.cacheTable(name);
  try {
    await client.send(new CreateTableCommand(definition));
  } catch (error) {
    if (error instanceof ResourceInUseException) return;
    throw error;
  }
  await waitUntilTableExists({ client, minDelay: 1, maxDelay: 2, maxWaitTime: 60 }, { TableName: name });
  // CloudFormation's table says it in one; DynamoDB wants to hear it once the table is there.
  await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
}
