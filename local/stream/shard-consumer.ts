import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Duration } from '../../shared/time.ts';
import type { EventSourceSettings } from '../template/template.ts';
import { batchLength, isDue } from './batching.ts';
import type { PolledRecord } from './record.ts';
import type { ShardReader } from './shard-reader.ts';

export interface ShardConsumerOptions {
  readonly settings: EventSourceSettings;
  readonly clock: Clock;
  /** Pause between two reads when there is nothing new. */
  readonly pollInterval: Duration;
  /** Hands records over, in order; settles when they are done or given up on. */
  readonly deliver: (records: readonly PolledRecord[]) => Promise<void>;
  /** While it answers `true`, nothing is handed over; reading goes on. */
  readonly isHeld: () => boolean;
  /** The shard had nothing new at a read that began at this time ({@link Clock.monotonic}), and nothing is waiting. */
  readonly onIdle: (readAt: number) => void;
  /** The shard could not be read; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/**
 * Reads a shard to its end and hands its records over in batches, one at a time.
 *
 * It reads on while a batch is tried again and again, or held: where the stream's own times are rounded to the minute, a
 * record counts from when it was read, and one that was read late would pass for a young one.
 *
 * @returns whether the shard is finished; `false` when `signal` ended it before
 */
export async function consumeShard(
  reader: ShardReader,
  options: ShardConsumerOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { settings, clock } = options;
  let waiting: readonly PolledRecord[] = [];
  let waitingSince = 0;
  let delivery: Promise<void> | undefined;

  while (!signal.aborted) {
    const readAt = clock.monotonic();
    const records = waiting.length < READ_AHEAD ? await readOrNothing() : [];
    if (records === 'failed') continue;
    if (waiting.length === 0) waitingSince = clock.monotonic();
    waiting = waiting.concat(records);

    if (delivery === undefined && isNextDue()) deliverNext();
    if (delivery === undefined && waiting.length === 0) {
      if (reader.isFinished) return true;
      if (records.length === 0) options.onIdle(readAt);
    }
    if (records.length === 0) await pause();
  }
  await delivery;
  return false;

  function isNextDue(): boolean {
    if (options.isHeld()) return false;
    return reader.isFinished ? waiting.length > 0 : isDue(waiting, clock.monotonic() - waitingSince, settings);
  }

  function deliverNext(): void {
    const length = batchLength(waiting, settings);
    const batch = waiting.slice(0, length);
    waiting = waiting.slice(length);
    delivery = options.deliver(batch).then(() => {
      delivery = undefined;
      waitingSince = clock.monotonic();
    });
    // It is awaited, and fails, at the next pause; until then nobody listens.
    delivery.catch(() => {});
  }

  async function readOrNothing(): Promise<readonly PolledRecord[] | 'failed'> {
    try {
      return await reader.read(signal);
    } catch (error) {
      if (!signal.aborted) options.onError(error);
      await pause();
      return 'failed';
    }
  }

  /**
   * Ends early when a batch is done, since the next one may be due; and, without an error, when the consumer is stopped.
   *
   * @throws what the delivery of the batch under way throws
   */
  async function pause(): Promise<void> {
    const over = new AbortController();
    const time = sleep(options.pollInterval, undefined, { signal: AbortSignal.any([signal, over.signal]) });
    try {
      await Promise.race([time.catch(() => {}), ...(delivery === undefined ? [] : [delivery])]);
    } finally {
      over.abort();
    }
  }
}

/** Records of a shard in memory, at most: what a stream that is held for a minute under load brings. */
const READ_AHEAD = 20_000;
