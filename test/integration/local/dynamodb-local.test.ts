import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localClientConfig } from '../../../local/aws.ts';
import { type DynamoDBLocal, startDynamoDBLocal } from '../../../local/dynamodb/dynamodb-local.ts';
import { createSampleTable, TableUnusable } from '../../../local/dynamodb/sample-table.ts';
import { readTemplate } from '../../../local/template/template.ts';
import { describeWithJava } from '../../support/java.ts';

describeWithJava('DynamoDB Local', () => {
  const template = readTemplate();
  let server: DynamoDBLocal;
  let client: DynamoDBClient;

  beforeAll(async () => {
    server = await startDynamoDBLocal();
    client = new DynamoDBClient(localClientConfig(server.endpoint));
  });

  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  test("creates the template's table, with its stream of new and old images", async () => {
    const { name, streamArn } = await createSampleTable(client, template, 'created');
    await client.send(new PutItemCommand({ TableName: name, Item: { PK: { S: 'a' }, SK: { S: 'b' } } }));

    const streams = new DynamoDBStreamsClient(localClientConfig(server.endpoint));
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    streams.destroy();

    expect(StreamDescription?.TableName).toBe('created');
    expect(StreamDescription?.StreamViewType).toBe('NEW_AND_OLD_IMAGES');
  });

  test('takes the table that is there, with the stream it has', async () => {
    const first = await createSampleTable(client, template, 'kept');

    expect(await createSampleTable(client, template, 'kept')).toEqual(first);
  });

  test('refuses a table without a stream, and names it', async () => {
    const { StreamSpecification: _, ...withoutStream } = template.table('no-stream');
    await client.send(new CreateTableCommand(withoutStream));

    const create = createSampleTable(client, template, 'no-stream');

    await expect(create).rejects.toThrow(TableUnusable);
    await expect(create).rejects.toThrow('"no-stream"');
  });

  test('is gone when it was stopped', async () => {
    const other = await startDynamoDBLocal();
    await other.stop();

    await expect(fetch(other.endpoint)).rejects.toThrow();
  });
});
