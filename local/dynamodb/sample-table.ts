import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { Template } from '../template/template.ts';

/** The table that the laptop stack works on. */
export interface SampleTable {
  readonly name: string;
  readonly streamArn: string;
}

/** The table that is there cannot be used; the message says what to do about it. */
export class TableUnusable extends Error {
  override readonly name = 'TableUnusable';
}

/**
 * Creates the sample table of template.yaml, or takes the one of that name that is there (a DynamoDB endpoint of the
 * user's own may hold it from the last time).
 *
 * @throws {TableUnusable} when the table that is there has no stream
 */
export async function createSampleTable(
  client: DynamoDBClient,
  template: Template,
  name: string,
): Promise<SampleTable> {
  const table = (await existingTable(client, name)) ?? (await newTable(client, template, name));
  if (table?.LatestStreamArn === undefined || table.StreamSpecification?.StreamEnabled !== true) {
    throw new TableUnusable(`The table "${name}" has no stream: turn one on (NEW_AND_OLD_IMAGES), or delete the table`);
  }
  return { name, streamArn: table.LatestStreamArn };
}

async function existingTable(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    return Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function newTable(
  client: DynamoDBClient,
  template: Template,
  name: string,
): Promise<TableDescription | undefined> {
  const { TableDescription } = await client.send(new CreateTableCommand(template.table(name)));
  await waitUntilTableExists({ client, minDelay: 1, maxDelay: 2, maxWaitTime: 60 }, { TableName: name });
  return TableDescription;
}
