/**
 * The cache map: which items and queries of the table are cached, and how. The one file to edit.
 *
 * This one describes the sample's table, a single-table design with the key PK / SK and two indexes (schema and the
 * write path's side of it: functions/model/keys.ts):
 *
 * | item         | PK                 | SK                 | indexes                                                        |
 * | ------------ | ------------------ | ------------------ | -------------------------------------------------------------- |
 * | user         | USER#<username>    | USER#<username>    |                                                                |
 * | organization | ORG#<organization> | ORG#<organization> |                                                                |
 * | membership   | ORG#<organization> | USER#<username>    |                                                                |
 * | order        | ORDER#<orderId>    | ORDER#<orderId>    | GSI1 CREATOR#<createdBy> / <createdAt>#<orderId>               |
 * |              |                    |                    | GSI2 ORDER#OPEN / <createdAt>#<orderId>, unless it is completed |
 * | category     | CATEGORY#<name>    | CATEGORY#<name>    | GSI2 CATEGORY / <name>                                         |
 * | product      | PRODUCT#<id>       | PRODUCT#<id>       |                                                                |
 *
 * Records that no entity here describes are none of the cache's business and cost nothing.
 */

import { CATEGORIES, creatorPartition, GSI1, GSI2, OPEN_ORDERS } from './functions/model/keys.ts';
import {
  collection,
  defineCacheMap,
  entity,
  hours,
  type Item,
  minutes,
  pick,
  seconds,
  textOf,
} from './shared/index.ts';

/** Read on nearly every request and changed rarely: a change writes the new value, readers never miss. */
export const user = entity('user', {
  key: { PK: 'USER#{username}', SK: 'USER#{username}' },
  onChange: 'refresh',
  ttl: hours(12),
  absentTtl: minutes(5),
  project: pick('username', 'firstName', 'lastName', 'email'),
});

export const organization = entity('organization', {
  key: { PK: 'ORG#{organization}', SK: 'ORG#{organization}' },
  onChange: 'refresh',
  ttl: hours(12),
  project: pick('organization', 'title', 'createdBy', 'createdAt'),
});

/**
 * Many, and each is read by few: a change only marks the entry as outdated, and the next reader asks the table. That
 * somebody is *not* a member is cached too, and a new membership replaces the absence.
 */
export const membership = entity('membership', {
  key: { PK: 'ORG#{organization}', SK: 'USER#{username}' },
  onChange: 'invalidate',
  ttl: hours(1),
  absentTtl: minutes(1),
  project: pick('organization', 'username', 'role'),
});

/**
 * A new order is shown to its creator at once, so it is cached before anybody asks (`prefill`). Every write raises
 * `revision`, which tells exactly which of two states is the newer; without it the protocol goes by time and is
 * careful.
 */
export const order = entity('order', {
  key: { PK: 'ORDER#{orderId}', SK: 'ORDER#{orderId}' },
  onChange: 'refresh',
  prefill: true,
  ttl: hours(6),
  versionBy: 'revision',
  project: toOrder,
});

export const category = entity('category', {
  key: { PK: 'CATEGORY#{category}', SK: 'CATEGORY#{category}' },
  onChange: 'refresh',
  ttl: hours(24),
  project: pick('category', 'title'),
});

/** The whole item but its key: sets, binaries and big numbers come back exactly. */
export const product = entity('product', {
  key: { PK: 'PRODUCT#{productId}', SK: 'PRODUCT#{productId}' },
  onChange: 'refresh',
  ttl: hours(24),
  absentTtl: minutes(1),
  project: ({ PK: _partition, SK: _sort, ...rest }) => rest,
});

/** The orders of one user, newest first. */
export const myOrders = collection('my-orders', {
  of: order,
  by: (image) => [{ createdBy: textOf(image, 'createdBy') }],
  query: ({ createdBy }) => ({
    IndexName: GSI1,
    KeyConditionExpression: 'GSI1PK = :creator',
    ExpressionAttributeValues: { ':creator': creatorPartition(createdBy) },
    ScanIndexForward: false,
  }),
  settle: seconds(2), // the index lags behind the table
  onChange: 'invalidate',
  ttl: minutes(30),
  project: toOrder,
  pageSize: 50,
});

/**
 * All orders that are not completed, newest first: one list that every administrator looks at, so it is loaded again
 * after a change, as soon as the index has settled. An order belongs to it exactly while it has its place in the index,
 * and leaves it with its old image.
 */
export const openOrders = collection('open-orders', {
  of: order,
  by: (image) => (image.GSI2PK === OPEN_ORDERS ? [{}] : []),
  query: () => ({
    IndexName: GSI2,
    KeyConditionExpression: 'GSI2PK = :open',
    ExpressionAttributeValues: { ':open': OPEN_ORDERS },
    ScanIndexForward: false,
  }),
  settle: seconds(2),
  onChange: 'reload',
  ttl: minutes(30),
  project: toOrder,
  pageSize: 50,
});

/** All categories, by name. Every change to any category concerns the one list there is. */
export const categories = collection('categories', {
  of: category,
  by: () => [{}],
  query: () => ({
    IndexName: GSI2,
    KeyConditionExpression: 'GSI2PK = :category',
    ExpressionAttributeValues: { ':category': CATEGORIES },
  }),
  onChange: 'invalidate',
  ttl: hours(12),
  project: pick('category', 'title'),
});

export default defineCacheMap({
  entities: [user, organization, membership, order, category, product],
  collections: [myOrders, openOrders, categories],
});

/** `textOf` throws where an order lacks what its readers rely on; the entry is then invalidated, never wrong. */
function toOrder(item: Item) {
  return {
    orderId: textOf(item, 'orderId'),
    createdBy: textOf(item, 'createdBy'),
    status: textOf(item, 'status'),
    createdAt: textOf(item, 'createdAt'),
    updatedAt: textOf(item, 'updatedAt'),
    items: item.items ?? [],
  };
}
