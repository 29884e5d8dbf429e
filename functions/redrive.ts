import cacheMap from '../cache.config.ts';
import { createRedriveFunction } from '../shared/runtime/redrive-function.ts';

/** Makes good what records that were given up on, or set aside, may have left stale. */
export const handler = await createRedriveFunction(cacheMap);
