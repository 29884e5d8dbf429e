import { minutes, seconds } from './time.ts';

/**
 * T: every entry lives at least this long, a tombstone exactly this long. Long enough that whatever was started before
 * a tombstone was written has either landed or given up when the tombstone goes.
 */
export const TOMBSTONE_TTL = seconds(60);

/** D: whoever writes on the strength of something it read from the cache does so within this time of reading it, or not at all. */
export const WRITE_DEADLINE = seconds(20);

/**
 * T/2: an event younger than this is fresh. Only a fresh event may write a value or a known floor onto an empty key:
 * the entry of any later event, living at least T, cannot have expired yet.
 */
export const FRESHNESS = seconds(30);

/** How far apart the clocks of two machines may be. */
export const CLOCK_MARGIN = seconds(2);

/** Beyond this, no clock that is in use is wrong: a fill that is this much younger than an event reflects it. */
export const CERTAINTY_MARGIN = minutes(5);
