import { BLIND_STREAM } from './blind-stream.ts';
import type { Design } from './design.ts';
import { NO_CACHE } from './no-cache.ts';
import { OURS_INVALIDATE, OURS_REFRESH } from './ours.ts';
import { READ_ASIDE } from './read-aside.ts';
import { WRITE_ASIDE } from './write-aside.ts';

/** What is compared, in the order in which it is shown. */
export const DESIGNS: readonly Design[] = [
  NO_CACHE,
  READ_ASIDE,
  WRITE_ASIDE,
  BLIND_STREAM,
  OURS_REFRESH,
  OURS_INVALIDATE,
];
