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
  /** The shard had nothing new at a read that began at this time ({@link Clock.monotonic}), and nothing is waiting. */
  readonly onIdle: (readAt: number) => void;
  /** The shard could not be read; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/**
 * Reads a shard to its end and hands its records over in batches, one at a time.
 *
 * @returns whether the shard is finished; `false` when `signal` ended it before
 */
export async function consumeShard(
  reader: ShardReader,
  options: ShardConsumerOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { settings, clock, deliver } = options;
  let waiting: PolledRecord[] = [];
  let waitingSince = 0;

  while (!signal.aborted) {
    const readAt = clock.monotonic();
    const records = waiting.length < settings.batchSize ? await readOrNothing() : [];
    if (records === 'failed') continue;
    if (waiting.length === 0) waitingSince = clock.monotonic();
    waiting = waiting.concat(records);

    while (reader.isFinished ? waiting.length > 0 : isDue(waiting, clock.monotonic() - waitingSince, settings)) {
      const length = batchLength(waiting, settings);
      await deliver(waiting.slice(0, length));
      waiting = waiting.slice(length);
      waitingSince = clock.monotonic();
    }
    if (reader.isFinished) return true;
    if (records.length > 0) continue;
    if (waiting.length === 0) options.onIdle(readAt);
    await pause();
  }
  return false;

  async function readOrNothing(): Promise<readonly PolledRecord[] | 'failed'> {
    try {
      return await reader.read(signal);
    } catch (error) {
      if (!signal.aborted) options.onError(error);
      await pause();
      return 'failed';
    }
  }

  /** Ends early, without an error, when the consumer is stopped. */
  async function pause(): Promise<void> {
    await sleep(options.pollInterval, undefined, { signal }).catch(() => {});
  }
}
