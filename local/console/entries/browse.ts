import type { Stack } from '../../start/stack.ts';
import { browseDynamoDB } from './browse-dynamodb.ts';
import { browseMomento } from './browse-momento.ts';
import { browseRedis } from './browse-redis.ts';

/** What a cache holds under a key. */
export interface StoredBytes {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Milliseconds until it expires. */
  readonly ttl: number;
}

/**
 * A look at everything in a cache, which no application may have: it goes past the store port, and past whatever the
 * console's own controls put in the way.
 */
export interface CacheBrowser {
  /** All that is stored, up to a limit. */
  list(): Promise<readonly StoredBytes[]>;
  find(key: string): Promise<StoredBytes | undefined>;
  close(): Promise<void>;
}

/** More would neither be looked at nor be quick to list. */
export const MOST_LISTED = 20_000;

/** Opens the cache of a stack. */
export function browseCache({ cache, template, functions, dynamodbEndpoint }: Stack): CacheBrowser {
  switch (cache.store) {
    case 'momento': {
      const names = new Set(template.functions.map((definition) => functions.environment(definition).CACHE_NAME));
      return browseMomento(cache.server.storage, names);
    }
    case 'redis':
      return browseRedis(cache.url);
    case 'dynamodb':
      return browseDynamoDB(dynamodbEndpoint, cache.tableName);
  }
}
