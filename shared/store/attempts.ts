import { ExponentialBackoff, halfJitterGenerator } from 'cockatiel';
import { type Duration, stopwatch, systemClock } from '../time.ts';
import { StoreThrottled, StoreUnavailable } from './errors.ts';

/** Bounds on a call that is made of one or several attempts. */
export interface AttemptLimits {
  /** The call settles within this time, all attempts and the waits between them included. */
  readonly timeout: Duration;
  /** How often it may be tried in all, at least 1. */
  readonly attempts: number;
  /** No single attempt is waited for longer than this, so that one lost packet leaves time for another attempt. */
  readonly attemptTimeout: Duration;
}

/** One try at a call to the network, to those who carry it out. */
export interface Attempt {
  /** 1 for the first try, 2 for the second. */
  readonly number: number;
  /** Whether nobody waits for it any more. */
  readonly isGivenUp: boolean;
  /** Runs something when the attempt is given up, so that whatever it holds can be let go. */
  onGivenUp(run: () => void): void;
  /** Aborted then. Made for those who ask: with its listeners it costs more than everything else here. */
  readonly signal: AbortSignal;
}

/** Carries out one attempt. */
export type AttemptCall<Result> = (attempt: Attempt) => Promise<Result>;

/**
 * Tries until an attempt succeeds, within the limits. Only {@link StoreUnavailable} and {@link StoreThrottled} are
 * worth another try; with exponential backoff and jitter, lest all the clients of a service that recovers come back
 * at the same moment.
 *
 * The loop is our own, with cockatiel's backoff, because a general retry policy does not know the deadline: it would
 * sleep past it. A first attempt that succeeds costs a timer and nothing else.
 *
 * @throws What the last attempt ended with; {@link StoreUnavailable} when it was not answered in time.
 */
export function tryWithin<Result>(
  operation: string,
  limits: AttemptLimits,
  call: AttemptCall<Result>,
): Promise<Result> {
  const { timeout, attempts, attemptTimeout } = limits;
  if (timeout <= 0) return Promise.reject(new StoreUnavailable(operation, 'not tried: there is no time left'));
  if (attempts === 1) return settleWithin(operation, Math.min(timeout, attemptTimeout), call, 1);
  return tryRepeatedly(operation, limits, call);
}

async function tryRepeatedly<Result>(
  operation: string,
  { timeout, attempts, attemptTimeout }: AttemptLimits,
  call: AttemptCall<Result>,
): Promise<Result> {
  const elapsed = stopwatch(systemClock);
  let backoff: Backoff | undefined;
  for (let number = 1; ; number += 1) {
    try {
      const remaining = Math.max(1, timeout - elapsed());
      return await settleWithin(operation, Math.min(remaining, attemptTimeout), call, number);
    } catch (error) {
      if (number >= attempts || !isTransient(error)) throw error;
      backoff = backoff === undefined ? firstBackoff() : backoff.next(undefined);
      // An attempt that could not be answered in time would only add load to a service in trouble.
      if (elapsed() + backoff.duration >= timeout) throw error;
      await sleep(backoff.duration);
    }
  }
}

type Backoff = ReturnType<ExponentialBackoff<unknown>['next']>;

/** Half of each wait is fixed: an immediate second try would meet the same hiccup. */
const firstBackoff = (): Backoff =>
  new ExponentialBackoff({ generator: halfJitterGenerator, initialDelay: 25, maxDelay: 1_000 }).next();

const isTransient = (error: unknown): boolean => error instanceof StoreUnavailable || error instanceof StoreThrottled;

const sleep = (duration: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, duration));

/** The result of the attempt, or {@link StoreUnavailable} at the deadline. The late answer of an abandoned attempt goes unheard. */
function settleWithin<Result>(
  operation: string,
  timeout: number,
  call: AttemptCall<Result>,
  number: number,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const attempt = new OneAttempt(number);
    const timer = setTimeout(() => {
      reject(new StoreUnavailable(operation, `no answer within ${Math.round(timeout)} ms`));
      attempt.giveUp();
    }, timeout);
    call(attempt).then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

class OneAttempt implements Attempt {
  readonly number: number;
  isGivenUp = false;
  #listeners: (() => void)[] | undefined;
  #controller: AbortController | undefined;

  constructor(number: number) {
    this.number = number;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      this.onGivenUp(() => controller.abort());
    }
    return this.#controller.signal;
  }

  onGivenUp(run: () => void): void {
    if (this.isGivenUp) {
      run();
      return;
    }
    this.#listeners ??= [];
    this.#listeners.push(run);
  }

  giveUp(): void {
    this.isGivenUp = true;
    for (const run of this.#listeners ?? []) run();
  }
}
