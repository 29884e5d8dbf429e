import { type Duration, hours, milliseconds, minutes, seconds } from './time.ts';

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

/**
 * A generation is written within this time of the moment that it is stamped with, or the write counts as failed and is
 * made again with a new stamp. Several invocations renew one generation (its items are in several shards), so a slow
 * write can replace a later one; readers take the stamp for the time of the last change and must allow for that.
 */
export const GENERATION_DEADLINE = seconds(2);

/**
 * How long after its caller gave up a write may still be applied: it may have left the machine in time and have been
 * held up behind it. What the margins between D, T/2 and T leave room for in entries, pages have to wait for.
 */
export const LATE_WRITE = seconds(5);

/**
 * How old a generation must be before a page is stored under it: the index's lag, the margin between the clock that
 * stamped the generation and the one that reads it, and the time until its write has either been applied or never will
 * be: a late one would put an old stamp in the place of a young one. Nothing to wait for where the query is consistent
 * (`settle` zero).
 *
 * @param settle how long the collection's index may lag behind the table
 */
export function settlingTime(settle: Duration): Duration {
  return settle === 0 ? settle : milliseconds(settle + CLOCK_MARGIN + GENERATION_DEADLINE + LATE_WRITE);
}

/**
 * TTL of a generation. It outlives the pages that are stored under it; one that is gone only costs a reader a miss.
 *
 * @param pageTtl TTL of the collection's pages
 */
export function generationTtl(pageTtl: Duration): Duration {
  return milliseconds(Math.max(pageTtl, GENERATION_TTL));
}

const GENERATION_TTL = hours(24);
