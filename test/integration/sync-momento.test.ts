import { CredentialProvider } from '@gomomento/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MomentoServer, startMomentoServer } from '../../local/momento/server.ts';
import { collection, defineCacheMap, entity, hours, textOf } from '../../shared/index.ts';
import { createMomentoStore } from '../../shared/store/momento.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import { createSync } from '../../shared/sync/batch.ts';
import { systemClock } from '../../shared/time.ts';
import { lambdaRecord } from '../support/lambda-records.ts';

const CACHE = 'sync-test';
const order = entity('order', { key: { PK: 'ORDER#{id}' }, onChange: 'refresh', ttl: hours(1) });
const ordersOf = collection('orders-of', {
  of: order,
  by: (image) => [{ owner: textOf(image, 'owner') }],
  query: ({ owner }) => ({ KeyConditionExpression: 'x', ExpressionAttributeValues: { ':owner': owner } }),
  onChange: 'invalidate',
  ttl: hours(1),
});

let server: MomentoServer;
let store: CacheStore;

beforeAll(async () => {
  server = await startMomentoServer({ caches: [CACHE] });
  const { hostname, port } = server;
  store = await createMomentoStore({
    cacheName: CACHE,
    credential: CredentialProvider.forMomentoLocal({ hostname, port }),
  });
});

afterAll(async () => {
  await store.close();
  await server.close();
});

it('takes one call to read a batch’s items, one for each item that changes, and one for all lists', async () => {
  const sync = createSync({
    map: defineCacheMap({ entities: [order], collections: [ordersOf] }),
    namespace: 'sync',
    store,
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
  const { calls } = server.stats;
  expect({ GetBatch: calls('GetBatch'), SetIf: calls('SetIf'), SetBatch: calls('SetBatch'), all: calls() }).toEqual({
    GetBatch: 1,
    SetIf: 40,
    SetBatch: 1,
    all: 42,
  });
});
