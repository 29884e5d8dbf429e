import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeStreamCommand, type DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { type Duration, milliseconds, seconds, systemClock } from '../../shared/time.ts';
import { type DeliveryOptions, deliver } from './delivery.ts';
import { readableShards, type Shard } from './lineage.ts';
import type { CreationTimes } from './record.ts';
import { consumeShard } from './shard-consumer.ts';
import { createShardReader } from './shard-reader.ts';

/** What a poller needs; what is left out has the default that is named. */
export interface PollerOptions
  extends Pick<DeliveryOptions, 'handler' | 'settings' | 'onFailure'>,
    Partial<Pick<DeliveryOptions, 'onInvocation' | 'functionArn' | 'backoff' | 'clock'>> {
  readonly streams: DynamoDBStreamsClient;
  readonly streamArn: string;
  /** Ends the poller: what the function is working on is awaited, nothing new is begun. */
  readonly signal: AbortSignal;
  /** `exact`; DynamoDB Local's are `rounded-to-minute`, and the poller then puts in the second in which it saw them. */
  readonly creationTimes?: CreationTimes;
  /** Pause between two reads of a shard that has nothing new: 100 ms (Lambda's own is 250 ms). */
  readonly pollInterval?: Duration;
  /** While it answers `true`, the function is given nothing new, as if the stream lagged. */
  readonly isHeld?: () => boolean;
  /** Hears of errors of the stream; it is read again after a pause. */
  readonly onError?: (error: unknown) => void;
}

/** A running poller. */
export interface Poller {
  /** Settles when it has ended after its signal; rejects when the on-failure queue could not be reached. */
  readonly ended: Promise<void>;
  /**
   * Waits until everything that was in the stream at the time of the call is done or given up on.
   *
   * @throws {Error} when the poller ends before that
   */
  drained(): Promise<void>;
  /** Lambda's `IteratorAge`: how old the newest record of a shard's last batch was, for the shard furthest behind. */
  iteratorAge(): Duration;
}

/**
 * Feeds a function from a DynamoDB stream as Lambda's event source mapping does: shards in order, parents before their
 * children, one batch of a shard at a time, batching window, partial answers, bisecting, retry and age limits, a
 * message about what was given up on.
 */
export function startPoller(options: PollerOptions): Poller {
  const clock = options.clock ?? systemClock;
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const iteratorAges = new Map<string, Duration>();
  const delivery: DeliveryOptions = {
    functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:local',
    backoff: milliseconds(100),
    ...options,
    clock,
    onInvocation(report) {
      iteratorAges.set(report.shardId, report.iteratorAge);
      options.onInvocation?.(report);
    },
  };

  let listed: readonly Shard[] = [];
  let listedAt = Number.NEGATIVE_INFINITY;
  /** When each shard in progress was last found to have nothing new. */
  const started = new Map<string, number>();
  const finished = new Set<string>();
  const running: Promise<void>[] = [];
  let from = options.settings.startingPosition;
  let failure: { readonly error: unknown } | undefined;
  let wake = Promise.withResolvers<void>();

  return {
    ended: run(),
    async drained() {
      const since = clock.monotonic();
      const isDrained = (): boolean =>
        listedAt >= since &&
        listed.every(({ id }) => finished.has(id) || (started.get(id) ?? Number.NEGATIVE_INFINITY) >= since);
      wake.resolve();
      while (!isDrained()) {
        if (signal.aborted) throw new Error('The poller ended before it had handled everything that is in the stream');
        await sleep(DRAIN_CHECK_MS);
      }
    },
    iteratorAge: () => milliseconds(Math.max(0, ...iteratorAges.values())),
  };

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await list();
      const known = new Set([...started.keys(), ...finished]);
      for (const shard of readableShards(listed, known, finished)) running.push(consume(shard));
      // A shard that appears later is new from its first record on.
      if (listed.length > 0) from = 'TRIM_HORIZON';
      await Promise.race([wake.promise, sleep(LISTING_INTERVAL, undefined, { signal }).catch(() => {})]);
      wake = Promise.withResolvers();
    }
    await Promise.all(running);
    if (failure !== undefined) throw failure.error;
  }

  async function list(): Promise<void> {
    const at = clock.monotonic();
    try {
      listed = await listShards(options.streams, options.streamArn, signal);
      listedAt = at;
    } catch (error) {
      if (!signal.aborted) options.onError?.(error);
      return;
    }
    // Who wants only what is new has nothing to read in the shards that are closed already.
    if (from === 'LATEST') {
      for (const { id, isClosed } of listed) if (isClosed) finished.add(id);
    }
  }

  async function consume(shard: Shard): Promise<void> {
    started.set(shard.id, Number.NEGATIVE_INFINITY);
    const { streams, streamArn, settings } = options;
    const creationTimes = options.creationTimes ?? 'exact';
    const reader = createShardReader({ streams, streamArn, shardId: shard.id, from, creationTimes, clock });
    try {
      const isFinished = await consumeShard(
        reader,
        {
          settings,
          clock,
          pollInterval: options.pollInterval ?? milliseconds(100),
          deliver: (records) => deliver(shard.id, records, delivery, signal),
          isHeld: options.isHeld ?? (() => false),
          onIdle: (readAt) => started.set(shard.id, readAt),
          onError: (error) => options.onError?.(error),
        },
        signal,
      );
      if (isFinished) finished.add(shard.id);
      wake.resolve();
    } catch (error) {
      if (signal.aborted) return;
      failure = { error };
      broken.abort();
    }
  }
}

const LISTING_INTERVAL = seconds(1);
const DRAIN_CHECK_MS = 10;

async function listShards(streams: DynamoDBStreamsClient, streamArn: string, signal: AbortSignal): Promise<Shard[]> {
  const shards: Shard[] = [];
  let after: string | undefined;
  do {
    const { StreamDescription: page } = await streams.send(
      new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: after }),
      { abortSignal: signal },
    );
    for (const { ShardId: id, ParentShardId: parentId, SequenceNumberRange: range } of page?.Shards ?? []) {
      if (id !== undefined) shards.push({ id, parentId, isClosed: range?.EndingSequenceNumber !== undefined });
    }
    after = page?.LastEvaluatedShardId;
  } while (after !== undefined);
  return shards;
}
