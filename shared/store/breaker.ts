import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen, isBrokenCircuitError } from 'cockatiel';
import { type Duration, seconds } from '../time.ts';
import { StoreThrottled, StoreUnavailable } from './errors.ts';
import type { CacheStore } from './port.ts';

/** `open`: calls are refused at once. `half-open`: one call is on its way to find out whether the store is back. */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  /**
   * So many failures in a row open the breaker; 5 if left out. In a row, rather than a rate: an execution environment
   * serves one request at a time, too few for a rate to mean anything.
   */
  readonly failures?: number;
  /** How long it stays open before one call may try again; 5 s if left out. */
  readonly halfOpenAfter?: Duration;
}

/** A store behind a circuit breaker, whose state can be shown as a metric. */
export type BreakerStore = CacheStore & { readonly state: BreakerState };

/**
 * Keeps a store that does not answer off the path for a moment: while the breaker is open, calls reject at once
 * instead of each waiting for its own timeout. {@link StoreUnavailable} and {@link StoreThrottled} count as failures;
 * a rejected request is an answer, and shows that the store is there.
 *
 * @throws {@link StoreUnavailable}, in the returned store, whose message says that the breaker is open.
 */
export function withBreaker(store: CacheStore, options: BreakerOptions = {}): BreakerStore {
  const { ttlLeft } = store;
  const { failures = 5, halfOpenAfter = seconds(5) } = options;
  const policy = circuitBreaker(
    handleWhen((error) => error instanceof StoreUnavailable || error instanceof StoreThrottled),
    { breaker: new ConsecutiveBreaker(failures), halfOpenAfter },
  );

  async function guard<Result>(operation: string, call: () => Promise<Result>): Promise<Result> {
    // The policy would let the others wait for the one call that is trying: longer, perhaps, than they have time for.
    if (policy.state === CircuitState.HalfOpen) throw refusal(operation);
    try {
      return await policy.execute(call);
    } catch (error) {
      throw isBrokenCircuitError(error) ? refusal(operation) : error;
    }
  }

  function refusal(operation: string): StoreUnavailable {
    const problem = `not asked: the circuit breaker is open after ${failures} failures in a row`;
    return new StoreUnavailable(`${store.name}.${operation}`, problem);
  }

  return {
    name: store.name,
    ...(store.maxTtl === undefined ? {} : { maxTtl: store.maxTtl }),
    ...(store.concurrency === undefined ? {} : { concurrency: store.concurrency }),
    get state() {
      return STATE_NAMES[policy.state];
    },

    get: (...args) => guard('get', () => store.get(...args)),
    getMany: (...args) => guard('getMany', () => store.getMany(...args)),
    ...(ttlLeft && { ttlLeft: (...args) => guard('ttlLeft', () => ttlLeft(...args)) }),
    setIfAbsent: (...args) => guard('setIfAbsent', () => store.setIfAbsent(...args)),
    setIfUnchanged: (...args) => guard('setIfUnchanged', () => store.setIfUnchanged(...args)),
    setAlways: (...args) => guard('setAlways', () => store.setAlways(...args)),
    set: (...args) => guard('set', () => store.set(...args)),
    setMany: (...args) => guard('setMany', () => store.setMany(...args)),
    close: () => store.close(),
  };
}

const STATE_NAMES: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  // Held open by hand.
  [CircuitState.Isolated]: 'open',
};
