import cacheMap from '../cache.config.ts';
import { createSyncFunction } from '../shared/runtime/sync-function.ts';

/** The stream consumer: brings every cache entry that a change affects up to date. */
export const handler = await createSyncFunction(cacheMap);
