import { collection, defineCacheMap, entity, hours, minutes, pick, textOf } from '../../../shared/index.ts';
import { createMomentoStore } from '../../../shared/store/momento.ts';
import { createSync } from '../../../shared/sync/batch.ts';
import { systemClock } from '../../../shared/time.ts';
import { CACHE_NAME, credentialOf } from '../cache-process.ts';
import type { Contestant } from './peers.ts';

/** What the sync is asked to do with a change. */
export type SyncMode = 'refresh' | 'invalidate' | 'generations';

/** Our stream consumer over the real store, as the function has it. */
export async function createOurs(endpoint: string, mode: SyncMode): Promise<Contestant> {
  const store = await createMomentoStore({ cacheName: CACHE_NAME, credential: credentialOf(endpoint) });
  const sync = createSync({
    map: mapOf(mode),
    // The modes share a cache, and must not find each other's entries.
    namespace: mode,
    store,
    clock: systemClock,
    quarantine: (records) => Promise.reject(new Error(`${records.length} records were not understood`)),
  });
  return async (event) => {
    const { response, report } = await sync(event, () => INVOCATION);
    if (response.batchItemFailures.length > 0) throw report.failures[0];
  };
}

/** Milliseconds that an invocation may run. */
const INVOCATION = 60_000;

function mapOf(mode: SyncMode) {
  const key = { PK: 'THING#{id}', SK: 'THING#{id}' } as const;
  if (mode !== 'generations') {
    return defineCacheMap({ entities: [entity('thing', { key, onChange: mode, ttl: hours(1) })] });
  }
  // What the entity keeps of an item does not change, so that the lists are all that there is to do.
  const thing = entity('thing', { key, onChange: 'refresh', ttl: hours(1), project: pick('PK') });
  const thingsOf = collection('things-of', {
    of: thing,
    by: (image) => [{ owner: textOf(image, 'owner') }],
    query: ({ owner }) => ({
      IndexName: 'by-owner',
      KeyConditionExpression: '#owner = :owner',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':owner': owner },
    }),
    onChange: 'invalidate',
    ttl: minutes(30),
  });
  return defineCacheMap({ entities: [thing], collections: [thingsOf] });
}
