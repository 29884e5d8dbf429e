import { expect, it } from 'vitest';
import { timeLeft } from '../../../cli/inspect/time-left.ts';
import { entity, hours } from '../../../shared/index.ts';
import { entryKey } from '../../../shared/map/cache-key.ts';
import { StoreRejected, StoreUnavailable } from '../../../shared/store/errors.ts';

const user = entity('user', { key: { PK: 'USER#{username}' }, onChange: 'refresh', ttl: hours(1) });
const key = entryKey('v1', user, user.key({ username: 'alice' }));

it('tells how much longer an entry is there', async () => {
  expect(await timeLeft({ ttlLeft: async () => hours(1) }, key)).toBe(hours(1));
});

it('is unknown where the store has no such question, or refuses it', async () => {
  const refused = new StoreRejected('redis.ttlLeft', 'denied', 'the credentials do not allow this (NOPERM)');

  expect(await timeLeft({}, key)).toBeUndefined();
  expect(await timeLeft({ ttlLeft: () => Promise.reject(refused) }, key)).toBeUndefined();
});

it('fails where the cache does', async () => {
  const gone = new StoreUnavailable('redis.ttlLeft', 'not answered (ECONNREFUSED)');

  await expect(timeLeft({ ttlLeft: () => Promise.reject(gone) }, key)).rejects.toThrow(gone);
});
