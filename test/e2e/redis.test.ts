import { describeWithRedis } from '../support/redis.ts';
import { describeAccounts } from './suites/accounts.ts';
import { describeCatalog } from './suites/catalog.ts';
import { describeOrders } from './suites/orders.ts';

/* What `CACHE_STORE=redis npm start` runs, on a redis-server of its own: the same as on Momento. */

describeWithRedis('with the cache in Redis', () => {
  describeAccounts('redis');
  describeCatalog('redis');
  describeOrders('redis');
});
