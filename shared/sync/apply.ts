import { limitFor } from '../concurrency.ts';
import { decodeEntry, newNonce } from '../entry/entry.ts';
import { encodeGeneration } from '../entry/generation.ts';
import { GENERATION_DEADLINE, generationTtl, WRITE_DEADLINE } from '../protocol.ts';
import { StoreRejected } from '../store/errors.ts';
import type { CacheStore } from '../store/port.ts';
import { type Clock, type Duration, milliseconds, seconds, stopwatch } from '../time.ts';
import { type Circumstances, type Decision, decide, tombstoneAlways, type Write } from './decide.ts';
import type { Mutation, Plan, Renewal } from './plan.ts';

/** What `apply` works with. */
export interface ApplyDependencies {
  readonly store: CacheStore;
  readonly clock: Clock;
  /** Milliseconds that the invocation may still run. What cannot be finished in it is reported, not begun. */
  readonly remaining: () => number;
  readonly settings?: Partial<ApplySettings>;
}

export interface ApplySettings {
  /** Bound on one store call, its retries included. */
  readonly callTimeout: Duration;
  /** How often a store call may be tried. */
  readonly attempts: number;
  /** Keys read with one `getMany`. {@link CHUNKS_AT_ONCE} are under way at a time. */
  readonly chunk: number;
  /** Writes of one chunk under way at once; fewer where the store asks for it. */
  readonly concurrency: number;
  /** Generations written with one `setMany`: so few that a slow store can confirm them within their deadline. */
  readonly renewalChunk: number;
  /** Kept free at the end of the invocation, to answer and to flush metrics. */
  readonly reserve: Duration;
}

export const DEFAULT_APPLY_SETTINGS: ApplySettings = {
  callTimeout: seconds(5),
  attempts: 4,
  chunk: 250,
  // All of them, with no limiter in between: that takes a tenth less CPU than 128 at a time.
  concurrency: 250,
  renewalChunk: 100,
  reserve: seconds(1),
};

/** What became of a mutation. */
export type MutationResult =
  | { readonly mutation: Mutation; readonly kind: 'kept'; readonly reason: string }
  | { readonly mutation: Mutation; readonly kind: 'written'; readonly write: Write; readonly at: number }
  | { readonly mutation: Mutation; readonly kind: 'failed'; readonly error: Error }
  /** The store will never take this key: retrying would hold up the shard for ever. */
  | { readonly mutation: Mutation; readonly kind: 'impossible'; readonly error: StoreRejected };

export type RenewalResult =
  | { readonly renewal: Renewal; readonly kind: 'renewed' }
  | { readonly renewal: Renewal; readonly kind: 'failed'; readonly error: Error }
  /** The store will never take this key, so that no reader has pages under it either. */
  | { readonly renewal: Renewal; readonly kind: 'impossible'; readonly error: StoreRejected };

export interface ApplyResult {
  readonly mutations: readonly MutationResult[];
  readonly renewals: readonly RenewalResult[];
  /** Calls made to the store: the budget of a batch. */
  readonly storeOperations: number;
  readonly conflicts: number;
}

/** Not begun, because the invocation would have ended first, or because the store had just failed. */
export class NotAttempted extends Error {
  override readonly name = 'NotAttempted';
}

/**
 * Carries a plan out. Different keys run concurrently; the changes of one key were folded into one mutation, so they
 * cannot overtake each other. Never throws: each mutation and renewal says what became of it.
 */
export async function apply(plan: Plan, dependencies: ApplyDependencies): Promise<ApplyResult> {
  const applier = new Applier(dependencies);
  const [mutations, renewals] = await Promise.all([
    applier.applyMutations(plan.mutations),
    applier.applyRenewals(plan.renewals),
  ]);
  return { mutations, renewals, storeOperations: applier.storeOperations, conflicts: applier.conflicts };
}

/**
 * Two, so that one chunk is read while the last writes of the other are under way; no more, because the entries of a
 * chunk are in memory from its reading on.
 */
const CHUNKS_AT_ONCE = 2;

/** Conflicts, or readings that grew too old, before the tombstone that needs no reading. */
const MAX_CONFLICTS = 3;

/** Keys that may fail before the rest of the batch is not tried. */
const FAILURES_TO_STOP = 8;

class Applier {
  storeOperations = 0;
  conflicts = 0;
  readonly #store: CacheStore;
  readonly #clock: Clock;
  readonly #remaining: () => number;
  readonly #settings: ApplySettings;
  #failures = 0;
  /** Set once the store itself seems to be gone: what has not begun then is left to the retry of the batch. */
  #stopped: Error | undefined;

  constructor({ store, clock, remaining, settings }: ApplyDependencies) {
    this.#store = store;
    this.#clock = clock;
    this.#remaining = remaining;
    const chosen = { ...DEFAULT_APPLY_SETTINGS, ...settings };
    const suitsStore = Math.ceil((store.concurrency ?? Number.POSITIVE_INFINITY) / CHUNKS_AT_ONCE);
    this.#settings = { ...chosen, concurrency: Math.min(chosen.concurrency, suitsStore) };
  }

  async applyMutations(mutations: readonly Mutation[]): Promise<MutationResult[]> {
    const results: MutationResult[] = [];
    const chunks = chunksOf(mutations, this.#settings.chunk);
    const lane = async (): Promise<void> => {
      for (const chunk of chunks) results.push(...(await this.#applyChunk(chunk)));
    };
    await Promise.all(Array.from({ length: CHUNKS_AT_ONCE }, lane));
    return results;
  }

  async applyRenewals(renewals: readonly Renewal[]): Promise<RenewalResult[]> {
    const results: RenewalResult[] = [];
    for (const chunk of chunksOf(renewals, this.#settings.renewalChunk))
      results.push(...(await this.#renewChunk(chunk)));
    return results;
  }

  async #applyChunk(mutations: readonly Mutation[]): Promise<MutationResult[]> {
    const limit = limitFor(mutations.length, this.#settings.concurrency);
    const elapsed = stopwatch(this.#clock);
    let found: (Uint8Array | undefined)[];
    try {
      const keys = mutations.map(({ key }) => key);
      found = await this.#call((options) => this.#store.getMany(keys, options));
    } catch (error) {
      // One key that the store refuses must not fail its neighbours, this time and on every retry.
      if (isInvalid(error)) {
        return Promise.all(mutations.map((mutation) => limit(() => this.#settle(mutation))));
      }
      const reason = this.#fail(error, mutations.length);
      return mutations.map((mutation) => ({ mutation, kind: 'failed', error: reason }));
    }
    const now = this.#clock.now();
    return Promise.all(
      mutations.map((mutation, i) => limit(() => this.#settle(mutation, { bytes: found[i], now, elapsed }))),
    );
  }

  /** Brings one entry up to date, reading again after each conflict. */
  async #settle(mutation: Mutation, first?: Reading): Promise<MutationResult> {
    let allowValue = true;
    try {
      let reading = first ?? (await this.#read(mutation));
      for (let conflicts = 0; conflicts < MAX_CONFLICTS; ) {
        const decision = this.#decide(reading, mutation, { now: reading.now, allowValue });
        if (decision.kind === 'keep') return { mutation, kind: 'kept', reason: decision.reason };
        try {
          if (await this.#write(decision, mutation, reading)) return this.#written(mutation, decision);
          conflicts += 1;
          this.conflicts += 1;
        } catch (error) {
          if (!isTooLarge(error) || !allowValue) throw error;
          allowValue = false;
          continue;
        }
        reading = await this.#read(mutation);
      }
      const tombstone = tombstoneAlways('too many conflicts with other writers', this.#clock.now());
      await this.#write(tombstone, mutation, reading);
      return this.#written(mutation, tombstone);
    } catch (error) {
      return this.#failed(mutation, error);
    }
  }

  #decide({ bytes }: Reading, mutation: Mutation, circumstances: Circumstances): Decision {
    return decide(bytes === undefined ? undefined : decodeEntry(bytes), mutation, circumstances);
  }

  /** `false` on a conflict, and when the reading is too old to write on its strength. */
  async #write({ condition, bytes, ttl }: Write, { key }: Mutation, reading: Reading): Promise<boolean> {
    if (condition === 'always') {
      await this.#call((options) => this.#store.setAlways(key, bytes, ttl, options));
      return true;
    }
    const left = WRITE_DEADLINE - reading.elapsed();
    if (left <= 0) return false;
    return this.#call((options) => {
      const expected = reading.bytes;
      return expected === undefined
        ? this.#store.setIfAbsent(key, bytes, ttl, options)
        : this.#store.setIfUnchanged(key, bytes, expected, ttl, options);
    }, left);
  }

  async #read({ key }: Mutation): Promise<Reading> {
    const elapsed = stopwatch(this.#clock);
    const bytes = await this.#call((options) => this.#store.get(key, options));
    return { bytes, now: this.#clock.now(), elapsed };
  }

  async #renewChunk(renewals: readonly Renewal[]): Promise<RenewalResult[]> {
    const writes = renewals.map(({ key, collection }) => ({
      key,
      value: encodeGeneration({ nonce: newNonce(), at: this.#clock.now() }),
      ttl: generationTtl(collection.ttl),
    }));
    try {
      await this.#call((options) => this.#store.setMany(writes, options), GENERATION_DEADLINE);
      return renewals.map((renewal) => ({ renewal, kind: 'renewed' }));
    } catch (error) {
      if (isInvalid(error)) {
        const [renewal, ...others] = renewals;
        if (renewal !== undefined && others.length === 0) return [{ renewal, kind: 'impossible', error }];
        const limit = limitFor(renewals.length, this.#settings.concurrency);
        return (await Promise.all(renewals.map((one) => limit(() => this.#renewChunk([one]))))).flat();
      }
      const reason = this.#fail(error, renewals.length);
      return renewals.map((renewal) => ({ renewal, kind: 'failed', error: reason }));
    }
  }

  /** Every store call goes through here: counted, and bounded by the settings, the invocation and `limit`. */
  async #call<Result>(
    operation: (options: { timeout: Duration; attempts: number }) => Promise<Result>,
    limit: number = Number.POSITIVE_INFINITY,
  ): Promise<Result> {
    if (this.#stopped !== undefined) {
      throw new NotAttempted('the store failed earlier in this batch', { cause: this.#stopped });
    }
    const left = this.#remaining() - this.#settings.reserve;
    if (left <= 0) throw new NotAttempted('the invocation is about to run out of time');
    this.storeOperations += 1;
    const timeout = milliseconds(Math.ceil(Math.min(this.#settings.callTimeout, left, limit)));
    return operation({ timeout, attempts: this.#settings.attempts });
  }

  #written(mutation: Mutation, write: Write): MutationResult {
    return { mutation, kind: 'written', write, at: this.#clock.now() };
  }

  #failed(mutation: Mutation, error: unknown): MutationResult {
    if (isInvalid(error)) return { mutation, kind: 'impossible', error };
    return { mutation, kind: 'failed', error: this.#fail(error, 1) };
  }

  /** One key's trouble is its own; that of many is the store's. */
  #fail(error: unknown, keys: number): Error {
    const reason = error instanceof Error ? error : new Error('the store failed', { cause: error });
    if (reason instanceof NotAttempted) return reason;
    this.#failures += keys;
    if (this.#failures >= FAILURES_TO_STOP) this.#stopped ??= reason;
    return reason;
  }
}

/** An entry as it was read: the bytes to write against, when freshness is judged, and how old the reading is. */
interface Reading {
  readonly bytes: Uint8Array | undefined;
  readonly now: number;
  readonly elapsed: () => number;
}

function isInvalid(error: unknown): error is StoreRejected {
  return error instanceof StoreRejected && error.reason === 'invalid';
}

function isTooLarge(error: unknown): boolean {
  return error instanceof StoreRejected && error.reason === 'too-large';
}

function* chunksOf<Element>(elements: readonly Element[], size: number): Generator<readonly Element[]> {
  for (let start = 0; start < elements.length; start += size) yield elements.slice(start, start + size);
}
