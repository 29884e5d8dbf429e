/** Base of everything that a store rejects with. `cause` holds the vendor's error. */
export abstract class StoreError extends Error {
  /** Store and operation, e.g. `momento.setIfAbsent`. */
  readonly operation: string;

  constructor(operation: string, message: string, options?: ErrorOptions) {
    super(`${operation}: ${message}`, options);
    this.name = new.target.name;
    this.operation = operation;
  }
}

/** Not reached, or no answer in time. A write may or may not have been applied. */
export class StoreUnavailable extends StoreError {}

/** The service asks for less traffic (Momento: RESOURCE_EXHAUSTED / limit exceeded). Nothing was written. */
export class StoreThrottled extends StoreError {}

/** The service will never accept this request: value too large, bad key, no such cache, not allowed. Do not repeat. */
export class StoreRejected extends StoreError {
  /** What is wrong with it: `too-large` lets sync write a tombstone instead. */
  readonly reason: 'too-large' | 'invalid' | 'not-found' | 'denied';

  constructor(operation: string, reason: StoreRejected['reason'], message: string, options?: ErrorOptions) {
    super(operation, message, options);
    this.reason = reason;
  }
}

/**
 * Whether a store refuses this one entry for what it is, its value too large or its key not acceptable: everything else
 * is well, and asking again will not help.
 */
export const refusesEntry = (error: unknown): error is StoreRejected =>
  error instanceof StoreRejected && (error.reason === 'too-large' || error.reason === 'invalid');
