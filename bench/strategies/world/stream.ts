import { EPOCH } from '../../../test/simulation/engine/machine.ts';
import type { Scheduler } from '../../../test/simulation/engine/scheduler.ts';
import type { Consumer } from '../designs/design.ts';
import { imageOf } from './row.ts';
import type { Change } from './table.ts';

/** What the function on the stream was used for. */
export interface FunctionUse {
  invocations: number;
  /** Milliseconds. */
  duration: number;
}

/** The process of one shard's invocations. */
export interface StreamProcess {
  readonly consume: Consumer;
  /** Told before each invocation. */
  begin(invocation: number): void;
}

/**
 * The table's change stream, and Lambda's event source mapping on it: each shard is read in order, one batch at a time,
 * and a batch is whatever has arrived by then.
 */
export class SimulatedStream {
  readonly use: FunctionUse = { invocations: 0, duration: 0 };
  readonly #scheduler: Scheduler;
  readonly #shards: readonly Shard[];
  #sequence = 0;

  constructor(scheduler: Scheduler, shards: number, newProcess: (shard: number) => StreamProcess) {
    this.#scheduler = scheduler;
    this.#shards = Array.from({ length: shards }, (_, i) => ({
      process: newProcess(i),
      queue: [],
      lastAvailableAt: 0,
      isBusy: false,
    }));
  }

  /** Whether every change has been handled. */
  get isDrained(): boolean {
    return this.#shards.every(({ queue, isBusy }) => queue.length === 0 && !isBusy);
  }

  /** @param delay milliseconds until the function can see the change, unless the one before it takes longer */
  append({ key, before, after, settle }: Change, delay: number): void {
    const { now } = this.#scheduler;
    const shard = this.#shards[Number(key.list) % this.#shards.length];
    if (shard === undefined) throw new Error('a stream needs shards');
    this.#sequence += 1;
    const record = {
      eventID: String(this.#sequence),
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/bench/stream/2026-11-20T00:00:00.000',
      dynamodb: {
        Keys: keysOf(before ?? after),
        ...(after !== undefined && { NewImage: imageOf(after) }),
        ...(before !== undefined && { OldImage: imageOf(before) }),
        SequenceNumber: String(this.#sequence),
        // DynamoDB rounds it down to the second.
        ApproximateCreationDateTime: Math.floor((EPOCH + now) / 1_000),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    };
    shard.lastAvailableAt = Math.max(now + delay, shard.lastAvailableAt);
    shard.queue.push({ record, settle, sequence: String(this.#sequence), availableAt: shard.lastAvailableAt });
    this.#scheduler.at(shard.lastAvailableAt, () => this.#poll(shard));
  }

  #poll(shard: Shard): void {
    if (shard.isBusy) return;
    const { now } = this.#scheduler;
    const ready = shard.queue.findIndex(({ availableAt }) => availableAt > now);
    const batch = shard.queue.slice(0, Math.min(ready < 0 ? shard.queue.length : ready, BATCH_SIZE));
    if (batch.length === 0) return;
    shard.isBusy = true;
    this.use.invocations += 1;
    shard.process.begin(this.use.invocations);
    this.#scheduler.wake();
    const deadline = now + TIMEOUT;
    shard.process
      .consume({ Records: batch.map(({ record }) => record) }, () => deadline - this.#scheduler.now)
      .then(({ response: { batchItemFailures } }) => {
        this.use.duration += this.#scheduler.now - now;
        shard.isBusy = false;
        const [failure] = batchItemFailures;
        const failed = batch.findIndex(({ sequence }) => sequence === failure?.itemIdentifier);
        for (const { settle } of shard.queue.splice(0, failed < 0 ? batch.length : failed)) settle();
        this.#scheduler.after(failed < 0 ? 0 : RETRY_DELAY, () => this.#poll(shard));
      })
      // No design fails in a world without faults: that would be a mistake of the benchmark.
      .catch((error: unknown) => this.#scheduler.stop(error));
  }
}

interface Queued {
  readonly record: object;
  readonly sequence: string;
  readonly availableAt: number;
  readonly settle: () => void;
}

interface Shard {
  readonly process: StreamProcess;
  readonly queue: Queued[];
  lastAvailableAt: number;
  isBusy: boolean;
}

/** The default of an event source mapping. */
const BATCH_SIZE = 100;

/** Milliseconds that an invocation may take. */
const TIMEOUT = 60_000;

/** Milliseconds until a batch is delivered again from the record that failed. */
const RETRY_DELAY = 100;

function keysOf(row: Change['after']): object {
  if (row === undefined) throw new Error('a change has an image');
  return { PK: { S: row.PK }, SK: { S: row.SK } };
}
