import { DescribeTimeToLiveCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localClientConfig } from '../../../local/aws.ts';
import { startStack } from '../../../local/start/stack.ts';
import { describeWithJava } from '../../support/java.ts';
import { describeWithRedis, type RedisServer, startRedis } from '../../support/redis.ts';
import { send, type TestStack, useStack } from '../../support/stack.ts';
import { answersUntil, answerThat, outcomes } from '../../support/waiting.ts';

const PATH = '/products/teapot';

describeWithJava('the stack on DynamoDB', () => {
  const sample = useStack({ store: 'dynamodb' });

  test('a read fills the cache, a write refreshes it', () => expectFreshHits(sample));

  test('the cache is a table of its own, which DynamoDB clears of what has expired', async () => {
    const { cache, dynamodbEndpoint, table } = sample.stack;
    const TableName = cache.store === 'dynamodb' ? cache.tableName : expect.fail('the cache is elsewhere');
    const client = new DynamoDBClient(localClientConfig(dynamodbEndpoint));
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    client.destroy();

    expect(TableName).not.toBe(table.name);
    expect(TimeToLiveDescription).toMatchObject({ AttributeName: 'ttl', TimeToLiveStatus: 'ENABLED' });
  });

  test('there is no Momento server to ask', () => {
    expect(() => sample.stack.momento).toThrow('dynamodb');
  });
});

describeWithJava('the stack on Redis', { timeout: 120_000 }, () => {
  describeWithRedis('of its own', () => {
    const sample = useStack({ store: 'redis' });

    test('a read fills the cache, a write refreshes it', () => expectFreshHits(sample));
  });

  describeWithRedis('that runs already', () => {
    let redis: RedisServer;

    beforeAll(async () => {
      redis = await startRedis();
    });

    afterAll(() => redis.stop());

    test('what an earlier stack left there does not answer for the table of this one', async () => {
      const first = await firstAnswers();
      const second = await firstAnswers();

      expect(first).toEqual(['miss', 'absent']);
      expect(second).toEqual(['miss', 'absent']);
      expect(Number(await redis.cli('DBSIZE'))).toBe(2);
    });

    /** Where the first answers of a new stack come from, until one is from the cache. */
    async function firstAnswers(): Promise<(string | null)[]> {
      const stack = await startStack({ store: 'redis', redisUrl: `redis://127.0.0.1:${redis.port}` });
      try {
        const get = () => send(stack.url, `GET ${PATH}`);
        const answers = await answersUntil(get, ({ cache }) => cache !== 'miss' && cache !== 'bypass');
        return outcomes(answers).filter((outcome) => outcome !== 'bypass');
      } finally {
        await stack.close();
      }
    }
  });
});

async function expectFreshHits({ get, call }: TestStack): Promise<void> {
  const ask = () => get(PATH);
  expect(await ask()).toMatchObject({ status: 404, cache: 'miss' });
  expect(await ask()).toMatchObject({ status: 404, cache: 'absent' });

  for (const price of [1_999, 2_499]) {
    await call(`PUT ${PATH}`, { body: { title: 'Teapot', price } });
    const hit = await answerThat(ask, ({ cache, body }) => cache === 'hit' && body.price === price);
    expect(hit.body).toMatchObject({ title: 'Teapot', price });
  }
}
