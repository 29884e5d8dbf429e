import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { type Clock, type Duration, milliseconds, seconds } from '../../shared/time.ts';
import type { EventSourceSettings } from '../template/template.ts';
import { type FailureMessage, failureMessage } from './failure-message.ts';
import type { PolledRecord } from './record.ts';
import { afterAging, afterInvocation, type Batch, type GiveUpCondition } from './retry.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** One invocation, as it went. */
export interface InvocationReport {
  readonly shardId: string;
  readonly records: number;
  /** Age of the newest record of the batch when the function was invoked: Lambda's `IteratorAge` metric. */
  readonly iteratorAge: Duration;
  readonly verdict: Verdict['kind'];
  /** What the function threw, if it did. */
  readonly error: unknown;
}

export interface DeliveryOptions {
  /** The function: an event in, its answer or its error out. */
  readonly handler: (event: DynamoDBStreamEvent) => Promise<unknown>;
  readonly settings: EventSourceSettings;
  readonly onFailure: (message: FailureMessage) => Promise<void>;
  readonly onInvocation: (report: InvocationReport) => void;
  readonly streamArn: string;
  readonly functionArn: string;
  readonly clock: Clock;
  /** Pause after the first failure; doubled with each further one, up to ten seconds. */
  readonly backoff: Duration;
}

/**
 * Takes records of one shard through the function until each is done or given up on. Nothing behind a batch that fails
 * is touched before: the order within a shard is kept.
 *
 * @throws when `signal` ends it early, or the failure message cannot be sent
 */
export async function deliver(
  shardId: string,
  records: readonly PolledRecord[],
  options: DeliveryOptions,
  signal: AbortSignal,
): Promise<void> {
  const { settings, clock } = options;
  let batches: readonly Batch[] = [{ records, failures: 0, invocations: 0 }];
  let threw = false;
  let failuresInARow = 0;

  for (;;) {
    const [head, ...behind] = batches;
    if (head === undefined) return;
    const aged = afterAging(head, clock.now(), settings);
    await giveUp(aged.givenUp, 'RecordAgeExceeded');
    const [batch] = aged.batches;
    if (batch === undefined) {
      batches = behind;
      continue;
    }

    signal.throwIfAborted();
    const verdict = await invoke(shardId, batch, options);
    threw = verdict.kind === 'failed' && verdict.threw;
    const next = afterInvocation(batch, verdict, settings);
    await giveUp(next.givenUp, 'RetryAttemptsExhausted');
    batches = [...next.batches, ...behind];

    failuresInARow = verdict.kind === 'done' || next.givenUp !== undefined ? 0 : failuresInARow + 1;
    if (failuresInARow > 0) await sleep(backoffAfter(failuresInARow, options.backoff), undefined, { signal });
  }

  async function giveUp(batch: Batch | undefined, condition: GiveUpCondition): Promise<void> {
    if (batch === undefined) return;
    const { streamArn, functionArn } = options;
    await options.onFailure(
      failureMessage({ batch, condition, threw, shardId, streamArn, functionArn, now: clock.now() }),
    );
  }
}

async function invoke(shardId: string, { records }: Batch, options: DeliveryOptions): Promise<Verdict> {
  const newest = records.at(-1)?.createdAt ?? options.clock.now();
  const iteratorAge = milliseconds(Math.max(0, options.clock.now() - newest));
  const { verdict, error } = await answerOf(records, options);
  options.onInvocation({ shardId, records: records.length, iteratorAge, verdict: verdict.kind, error });
  return verdict;
}

async function answerOf(
  records: readonly PolledRecord[],
  { handler, settings }: DeliveryOptions,
): Promise<{ verdict: Verdict; error?: unknown }> {
  try {
    const response = await handler({ Records: records.map(({ record }) => record) });
    return { verdict: settings.reportsBatchItemFailures ? verdictOf(response, records) : { kind: 'done' } };
  } catch (error) {
    return { verdict: { kind: 'failed', threw: true }, error };
  }
}

function backoffAfter(failuresInARow: number, first: Duration): number {
  return Math.min(first * 2 ** (failuresInARow - 1), LONGEST_BACKOFF);
}

const LONGEST_BACKOFF = seconds(10);
