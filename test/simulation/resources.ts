import type { ResourceLimits } from 'node:worker_threads';

/**
 * For workers in which worlds live. Nearly all that a world makes is garbage at once: the more fits in, the less of it
 * is ever looked at again.
 */
export const resourceLimits: ResourceLimits = { maxYoungGenerationSizeMb: 96 };
