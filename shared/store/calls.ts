import { type Duration, milliseconds, seconds, stopwatch, systemClock } from '../time.ts';
import { type Attempt, type AttemptCall, tryWithin } from './attempts.ts';
import { eachBatch } from './batches.ts';
import { StoreUnavailable } from './errors.ts';
import type { CallOptions } from './port.ts';

/** Bounds of calls that give none themselves. */
export interface CallDefaults {
  /** Bound of a call; 1 s if left out. */
  readonly timeout?: Duration | undefined;
  /** Longest wait for any one attempt of a call that allows more; 1 s if left out. */
  readonly attemptTimeout?: Duration | undefined;
}

/** The calls of one store over a network, each within its bounds. */
export interface Calls {
  /** Runs a call within its bounds. */
  run<Result>(operation: string, options: CallOptions | undefined, attempt: AttemptCall<Result>): Promise<Result>;
  /**
   * Runs a call that takes several requests within its bounds: what the first ones used up, the others do not have.
   *
   * @param concurrency requests at a time
   */
  runBatches<Batch, Result>(
    operation: string,
    options: CallOptions | undefined,
    batches: readonly Batch[],
    send: (batch: Batch, attempt: Attempt) => Promise<Result>,
    concurrency?: number,
  ): Promise<Result[]>;
  /** Refuses every call from now on. Answers whether this was the first time. */
  close(): boolean;
}

/** Plain writes are attempted once, whatever their caller allows. */
export const once = (options: CallOptions | undefined): CallOptions => ({ ...options, attempts: 1 });

/** Bounds the calls of one store. */
export function boundedCalls(defaults: CallDefaults): Calls {
  const { timeout: defaultTimeout = seconds(1), attemptTimeout = seconds(1) } = defaults;
  let closed = false;

  function run<Result>(
    operation: string,
    options: CallOptions | undefined,
    attempt: AttemptCall<Result>,
  ): Promise<Result> {
    if (closed) return Promise.reject(new StoreUnavailable(operation, 'the store is closed'));
    const { timeout = defaultTimeout, attempts = 1 } = options ?? {};
    // The only attempt of a call has all of its time: there is nothing to save some of it for.
    const limits = { timeout, attempts, attemptTimeout: attempts === 1 ? timeout : attemptTimeout };
    return tryWithin(operation, limits, attempt);
  }

  return {
    run,

    runBatches(operation, options, batches, send, concurrency) {
      const { timeout = defaultTimeout } = options ?? {};
      const elapsed = stopwatch(systemClock);
      const request = (batch: (typeof batches)[number]) => {
        const remaining = milliseconds(Math.max(0, timeout - elapsed()));
        return run(operation, { ...options, timeout: remaining }, (attempt) => send(batch, attempt));
      };
      return eachBatch(batches, request, concurrency);
    },

    close() {
      const first = !closed;
      closed = true;
      return first;
    },
  };
}
