import { limitFor } from '../concurrency.ts';

/** Limits of one request that carries many parts. */
export interface BatchLimits<Part> {
  /** Most parts. */
  readonly count: number;
  /** Most bytes of all parts together. A single part may exceed it: it then travels alone. */
  readonly bytes: number;
  readonly size: (part: Part) => number;
}

/** Cuts a list into as few requests as the limits allow, keeping the order. An empty list needs none. */
export function chunk<Part>(parts: readonly Part[], limits: BatchLimits<Part>): Part[][] {
  const batches: Part[][] = [];
  let current: Part[] = [];
  let bytes = 0;
  for (const part of parts) {
    const size = limits.size(part);
    if (current.length > 0 && (current.length >= limits.count || bytes + size > limits.bytes)) {
      batches.push(current);
      current = [];
      bytes = 0;
    }
    current.push(part);
    bytes += size;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}

/**
 * Runs every batch to its end, two at a time, then throws the first failure: when the call has settled, nothing of it
 * is left running behind the response of the function that made it. Two, because large batches are bound by this
 * process's CPU and not by the network.
 *
 * @param concurrency batches at a time, for services whose requests carry little
 */
export async function eachBatch<Batch, Result>(
  batches: readonly Batch[],
  call: (batch: Batch) => Promise<Result>,
  concurrency = 2,
): Promise<Result[]> {
  const limit = limitFor(batches.length, concurrency);
  const outcomes = await Promise.allSettled(batches.map((batch) => limit(() => call(batch))));
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
