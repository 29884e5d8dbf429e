import { type CacheMap, defineCacheMap } from '../../../shared/map/cache-map.ts';
import { collection } from '../../../shared/map/collection.ts';
import { entity } from '../../../shared/map/entity.ts';
import { type Duration, hours, minutes, seconds } from '../../../shared/time.ts';

/** How long a group's index may lag behind the table. */
export const INDEX_LAG = seconds(2);

export const PAGE_SIZE = 3;

/** What readers see of an item: `p` is new with nearly every write. */
interface Projection {
  readonly p: number;
}

const project = (item: { readonly [name: string]: unknown }): Projection => ({ p: Number(item.p) });

/**
 * The map that is simulated: one entity for each way in which the protocol treats one, a collection over the table
 * itself, and one over an index that lags.
 *
 * @param ttls by entity, in the order in which they stand here
 */
export function simulatedMap(ttls: readonly [Duration, Duration, Duration, Duration] = [HOUR, HOUR, HOUR, HOUR]) {
  const absentTtl = minutes(1);
  const plain = entity('plain', {
    key: { PK: 'PLAIN#{id}' },
    onChange: 'refresh',
    prefill: true,
    ttl: ttls[0],
    absentTtl,
    project,
  });
  const versioned = entity('versioned', {
    key: { PK: 'VERSIONED#{id}' },
    onChange: 'refresh',
    prefill: true,
    versionBy: 'version',
    ttl: ttls[1],
    absentTtl,
    project,
  });
  const modest = entity('modest', {
    key: { PK: 'MODEST#{id}' },
    onChange: 'refresh',
    ttl: ttls[2],
    absentTtl,
    project,
  });
  const invalidated = entity('invalidated', {
    key: { PK: 'INVALIDATED#{id}' },
    onChange: 'invalidate',
    ttl: ttls[3],
    absentTtl,
    project,
  });
  const everything = collection('everything', {
    of: [plain, versioned],
    by: () => [{}],
    query: () => ({ KeyConditionExpression: 'everything', ConsistentRead: true }),
    settle: seconds(0),
    onChange: 'reload',
    ttl: ttls[0],
    project,
    pageSize: PAGE_SIZE,
  });
  const grouped = collection('grouped', {
    of: [plain, versioned, modest, invalidated],
    by: (image) => [{ group: String(image.group) }],
    query: ({ group }) => ({
      IndexName: 'group',
      KeyConditionExpression: 'group = :group',
      ExpressionAttributeValues: { ':group': group },
    }),
    settle: INDEX_LAG,
    onChange: 'invalidate',
    ttl: ttls[1],
    project,
    pageSize: PAGE_SIZE,
  });
  const entities = [plain, versioned, modest, invalidated] as const;
  const map: CacheMap = defineCacheMap({ entities, collections: [everything, grouped] });
  return { map, entities, everything, grouped };
}

export type SimulatedMap = ReturnType<typeof simulatedMap>;
export type SimulatedEntity = SimulatedMap['entities'][number];

/** First part of every cache key. */
export const NAMESPACE = 'sim';

const HOUR = hours(1);
