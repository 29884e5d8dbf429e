import cacheMap from '../cache.config.ts';
import { createWarmFunction } from '../shared/runtime/warm-function.ts';

/** Fills the entries of the table's items, or of the keys that it is given, before anybody asks for them. */
export const handler = await createWarmFunction(cacheMap);
