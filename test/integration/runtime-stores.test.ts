import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { localAwsEnvironment, localClientConfig } from '../../local/aws.ts';
import { startDynamoDBLocal } from '../../local/dynamodb/dynamodb-local.ts';
import { readEnvironment } from '../../shared/runtime/environment.ts';
import { minutes } from '../../shared/time.ts';
import { describeWithJava } from '../support/java.ts';
import { bytes, entryKey, text } from '../support/keys.ts';
import { describeWithRedis, startRedis } from '../support/redis.ts';

beforeEach(() => {
  vi.resetModules();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The store of a process that starts with these variables. */
async function storeOf(variables: Record<string, string>) {
  const { connectStore } = await import('../../shared/runtime/clients.ts');
  return connectStore(readEnvironment(variables));
}

describeWithRedis('the store of a process whose environment asks for Redis', () => {
  it('is kept, and is at the server', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const variables = { CACHE_STORE: 'redis', REDIS_URL: `redis://127.0.0.1:${server.port}` };
    const store = await storeOf(variables);
    const key = entryKey();
    await store.setIfAbsent(key, bytes('value'), minutes(1));

    expect(await server.cli('GET', key)).toBe('value');
    expect(await storeOf(variables)).toBe(store);
    await store.close();
  });
});

describeWithJava('the store of a process whose environment asks for a DynamoDB table', () => {
  it('is the table that the environment names, where the SDK’s own variables say', async () => {
    const local = await startDynamoDBLocal();
    onTestFinished(() => local.stop());
    const environment = localAwsEnvironment({ dynamodb: local.endpoint, sqs: local.endpoint });
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const client = new DynamoDBClient(localClientConfig(local.endpoint));
    await client.send(
      new CreateTableCommand({
        TableName: 'users-cache',
        AttributeDefinitions: [{ AttributeName: 'k', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    client.destroy();
    const store = await storeOf({ CACHE_STORE: 'dynamodb', CACHE_NAME: 'users-cache', TABLE_NAME: 'users' });
    const key = entryKey();
    await store.setIfAbsent(key, bytes('value'), minutes(1));

    expect(store.name).toBe('dynamodb');
    expect(text(await store.get(key))).toBe('value');
    await store.close();
  });
});
