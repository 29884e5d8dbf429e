import cacheMap from '../cache.config.ts';
import { createAuditFunction } from '../shared/runtime/audit-function.ts';

/** Compares sampled entries with the table, and mends what is stale. */
export const handler = await createAuditFunction(cacheMap);
