import { parseRedisUrl } from '../store/redis-url.ts';
import type { CacheConfiguration } from './cache-environment.ts';

/** A name that two processes share exactly when they use the same cache. It holds no credential. */
export function cacheIdentity(cache: CacheConfiguration): string {
  switch (cache.store) {
    case 'momento':
      return ['momento', cache.endpoint ?? '', cache.cacheName].join(' ');
    case 'redis': {
      const { host, port, database } = parseRedisUrl(cache.url);
      return ['redis', host, port, database].join(' ');
    }
    case 'dynamodb':
      return ['dynamodb', cache.tableName].join(' ');
    case 'memory':
      return 'memory';
  }
}
