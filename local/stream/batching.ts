import type { EventSourceSettings } from '../template/template.ts';
import type { PolledRecord } from './record.ts';

/** Lambda's limit for the payload of an invocation, of which the envelope of the event takes a little. */
const MAXIMUM_EVENT_BYTES = 6 * 1024 * 1024 - 1024;

/** How many of the waiting records go into the next batch: as many as the batch size and Lambda's 6 MB allow. */
export function batchLength(waiting: readonly PolledRecord[], { batchSize }: BatchSettings): number {
  let bytes = 0;
  let length = 0;
  for (const record of waiting) {
    bytes += record.bytes + 1;
    // A record that is too large by itself (up to 2 x 400 KB of images: it cannot be) would still have to go.
    if (length === batchSize || (length > 0 && bytes > MAXIMUM_EVENT_BYTES)) break;
    length += 1;
  }
  return length;
}

/**
 * Whether the waiting records are handed over now: when they fill a batch, or when the batching window is over.
 *
 * @param waitedMs how long the first of them has waited
 */
export function isDue(waiting: readonly PolledRecord[], waitedMs: number, settings: BatchSettings): boolean {
  if (waiting.length === 0) return false;
  if (waitedMs >= settings.batchingWindow) return true;
  const length = batchLength(waiting, settings);
  return length === settings.batchSize || length < waiting.length;
}

type BatchSettings = Pick<EventSourceSettings, 'batchSize' | 'batchingWindow'>;
