import { expect, it } from 'vitest';
import { collection, defineCacheMap, entity, hours, textOf } from '../../shared/index.ts';
import { createSync } from '../../shared/sync/batch.ts';
import { systemClock } from '../../shared/time.ts';
import { lambdaRecord } from '../support/lambda-records.ts';
import { useMomentoStore } from '../support/momento.ts';

const CACHE = 'sync-test';
const order = entity('order', { key: { PK: 'ORDER#{id}' }, onChange: 'refresh', ttl: hours(1) });
const ordersOf = collection('orders-of', {
  of: order,
  by: (image) => [{ owner: textOf(image, 'owner') }],
  query: ({ owner }) => ({ KeyConditionExpression: 'x', ExpressionAttributeValues: { ':owner': owner } }),
  onChange: 'invalidate',
  ttl: hours(1),
});

const momento = useMomentoStore(CACHE);

it('takes one call to read a batch’s items, one for each item that changes, and one for all lists', async () => {
  const sync = createSync({
    map: defineCacheMap({ entities: [order], collections: [ordersOf] }),
    namespace: 'sync',
    store: momento.store,
    clock: systemClock,
    quarantine: () => Promise.reject(new Error('nothing is to be set aside here')),
  });
  const records = Array.from({ length: 120 }, (_, i) => {
    const key = { PK: `ORDER#${i % 40}` };
    const newImage = { ...key, owner: `owner-${i % 7}`, revision: i };
    return lambdaRecord({ type: 'INSERT', key, newImage, sequence: 1_000 + i, createdAt: Date.now() });
  });
  const { response } = await sync({ Records: records }, () => 60_000);

  expect(response).toEqual({ batchItemFailures: [] });
  const { calls } = momento.server.stats;
  expect({ GetBatch: calls('GetBatch'), SetIf: calls('SetIf'), SetBatch: calls('SetBatch'), all: calls() }).toEqual({
    GetBatch: 1,
    SetIf: 40,
    SetBatch: 1,
    all: 42,
  });
});
