import { describe, expect, it } from 'vitest';
import { ConfigurationError, readEnvironment } from '../../../shared/runtime/environment.ts';

const cacheOf = (variables: Record<string, string>) => readEnvironment(variables).cache;

describe('where the cache is', () => {
  it('is a Redis server whose URL says all', () => {
    expect(cacheOf({ CACHE_STORE: 'redis', REDIS_URL: 'redis://:secret@localhost:7000/2' })).toEqual({
      store: 'redis',
      url: 'redis://:secret@localhost:7000/2',
      credentials: { kind: 'url' },
    });
  });

  it('is a Redis server whose password is a secret', () => {
    const variables = { CACHE_STORE: 'redis', REDIS_URL: 'rediss://cache', REDIS_PASSWORD_SECRET_ID: 'cache/password' };

    expect(cacheOf(variables)).toMatchObject({ credentials: { kind: 'secret', secretId: 'cache/password' } });
  });

  it('is an ElastiCache cache that IAM lets in, serverless where its address says so', () => {
    const variables = { CACHE_STORE: 'redis', CACHE_NAME: 'users', REDIS_IAM_USER: 'lambda' };
    const identity = { kind: 'iam', user: 'lambda', cacheName: 'users' };

    expect(
      cacheOf({ ...variables, REDIS_URL: 'rediss://clustercfg.users.abc.use1.cache.amazonaws.com' }),
    ).toMatchObject({
      credentials: { ...identity, serverless: false },
    });
    expect(
      cacheOf({ ...variables, REDIS_URL: 'rediss://users-abc.serverless.use1.cache.amazonaws.com' }),
    ).toMatchObject({
      credentials: { ...identity, serverless: true },
    });
  });

  it('is a DynamoDB table, of its own', () => {
    expect(cacheOf({ CACHE_STORE: 'dynamodb', CACHE_NAME: 'users-cache', TABLE_NAME: 'users' })).toEqual({
      store: 'dynamodb',
      tableName: 'users-cache',
    });
    expect(cacheOf({ CACHE_STORE: 'dynamodb' })).toMatchObject({ tableName: 'dynamo-cache-sync' });
  });

  const arn = 'arn:aws:dynamodb:us-east-1:123456789012:table/users';
  for (const { mistake, variables, problem } of [
    { mistake: 'an unknown store', variables: { CACHE_STORE: 'memcached' }, problem: /^CACHE_STORE .*redis, dynamodb/ },
    { mistake: 'Redis without a URL', variables: { CACHE_STORE: 'redis' }, problem: /^REDIS_URL is missing/ },
    {
      mistake: 'an empty URL',
      variables: { CACHE_STORE: 'redis', REDIS_URL: '' },
      problem: /^REDIS_URL is missing/,
    },
    {
      mistake: 'a URL of something else',
      variables: { CACHE_STORE: 'redis', REDIS_URL: 'http://:hunter2@localhost' },
      problem: /^REDIS_URL is not of the form/,
    },
    {
      mistake: 'an IAM user without TLS',
      variables: { CACHE_STORE: 'redis', REDIS_URL: 'redis://cache', REDIS_IAM_USER: 'lambda', CACHE_NAME: 'users' },
      problem: /^REDIS_URL .* TLS/,
    },
    {
      mistake: 'an IAM user without the name of the cache',
      variables: { CACHE_STORE: 'redis', REDIS_URL: 'rediss://cache', REDIS_IAM_USER: 'lambda' },
      problem: /^CACHE_NAME is missing/,
    },
    {
      mistake: 'an IAM user and a password',
      variables: {
        CACHE_STORE: 'redis',
        REDIS_URL: 'rediss://cache',
        REDIS_IAM_USER: 'lambda',
        REDIS_PASSWORD_SECRET_ID: 'cache/password',
      },
      problem: /^REDIS_IAM_USER and REDIS_PASSWORD_SECRET_ID/,
    },
    {
      mistake: 'the table that is cached as the cache',
      variables: { CACHE_STORE: 'dynamodb', CACHE_NAME: 'users', TABLE_NAME: 'users' },
      problem: /^CACHE_NAME names the table that is cached/,
    },
    {
      mistake: 'the table that is cached, by its ARN, as the cache',
      variables: { CACHE_STORE: 'dynamodb', CACHE_NAME: 'users', TABLE_NAME: arn },
      problem: /^CACHE_NAME names the table that is cached/,
    },
  ]) {
    it(`is told to be wrong in one sentence that names the variable: ${mistake}`, () => {
      const reading = () => readEnvironment(variables);

      expect(reading).toThrow(ConfigurationError);
      expect(reading).toThrow(problem);
      expect(reading).not.toThrow(/hunter2/);
    });
  }
});
