import type { PrimaryKey } from '../entry/item.ts';
import { seconds } from '../time.ts';
import type { ApplyResult } from './apply.ts';

/** Picks a share of the keys that were brought up to date, for audit to look at later. */
export interface Sampling {
  /** From 0 to 1. */
  readonly share: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Picks of one batch at most. */
  readonly most: number;
  /** Takes the picks away. What becomes of it does not matter to the batch. */
  readonly send: (picks: readonly { readonly entity: string; readonly primaryKey: PrimaryKey }[]) => Promise<void>;
}

/**
 * Samples a batch. Never rejects: a sample that is lost costs a measurement, not freshness. For the same reason none is
 * taken when the invocation is about to end: killed while it waits for the queue, it would be retried as a whole.
 *
 * @param remaining how many milliseconds the invocation may still run
 */
export async function sample(
  { mutations }: ApplyResult,
  { share, random, most, send }: Sampling,
  remaining: () => number,
): Promise<void> {
  if (remaining() < RESERVE) return;
  const picks = mutations
    .filter(({ kind }) => (kind === 'written' || kind === 'kept') && random() < share)
    .slice(0, most)
    .map(({ mutation }) => ({ entity: mutation.entity.name, primaryKey: mutation.primaryKey }));
  if (picks.length > 0) await send(picks).catch(() => {});
}

/** Samples are not sent with less of the invocation left. */
const RESERVE = seconds(5);
