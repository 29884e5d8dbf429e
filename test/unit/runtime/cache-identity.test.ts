import { expect, it } from 'vitest';
import { cacheIdentity } from '../../../shared/runtime/cache-identity.ts';
import { readEnvironment } from '../../../shared/runtime/environment.ts';

const identityWith = (variables: Record<string, string>) => cacheIdentity(readEnvironment(variables).cache);
const MOMENTO = { CACHE_STORE: 'momento', MOMENTO_API_KEY: 'secret' };
const REDIS = { CACHE_STORE: 'redis', REDIS_URL: 'redis://cache.example' };

it('is another one for each cache', () => {
  const identities = [
    MOMENTO,
    { ...MOMENTO, CACHE_NAME: 'other' },
    { ...MOMENTO, MOMENTO_ENDPOINT: '127.0.0.1:8080' },
    REDIS,
    { ...REDIS, REDIS_URL: 'redis://cache.example:6380' },
    { ...REDIS, REDIS_URL: 'redis://cache.example/1' },
    { CACHE_STORE: 'dynamodb' },
    { CACHE_STORE: 'dynamodb', CACHE_NAME: 'other' },
    { CACHE_STORE: 'memory' },
  ].map(identityWith);

  expect(new Set(identities).size).toBe(identities.length);
});

it('is the same whoever asks, and holds no credential', () => {
  const withPassword = { ...REDIS, REDIS_URL: 'redis://user:secret@cache.example:6379/0' };

  expect(identityWith(withPassword)).toBe(identityWith(REDIS));
  expect(identityWith(MOMENTO)).toBe(identityWith({ ...MOMENTO, MOMENTO_API_KEY: 'another' }));
});
