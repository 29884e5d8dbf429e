import { type StoreError, StoreThrottled, StoreUnavailable } from '../../../shared/store/errors.ts';
import type { CallOptions } from '../../../shared/store/port.ts';
import type { Machine } from '../engine/machine.ts';
import type { Network, Surroundings } from './network.ts';

/** A call to the store: what it does there, at the moment in which the store serves it. */
export interface Call<Result> {
  readonly machine: Machine;
  /**
   * @param attempt from 0
   * @param index which of the keys, where the call concerns several
   */
  readonly serve: (attempt: number, index: number) => Result;
  readonly isWrite: boolean;
}

/** How long after its caller gave up a write may still be applied, in milliseconds. */
const LATEST = 5_000;

/** The adapters give up a single attempt after this long, in milliseconds, when they have another. */
const ATTEMPT_TIMEOUT = 1_000;

/** How long the store is gone once it is, in milliseconds. */
const OUTAGE: readonly [number, number] = [50, 30_000];

/**
 * Calls to the store with all that can happen to them, and with what the store adapters do about it: a deadline on
 * every call, more attempts for what may be repeated.
 */
export class Calls {
  readonly #world: Surroundings;
  readonly #network: Network;
  #outageUntil = 0;

  constructor(world: Surroundings, network: Network) {
    this.#world = world;
    this.#network = network;
  }

  /** A call that concerns one key. */
  one<Result>(options: CallOptions | undefined, call: Call<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const giveUpAt = this.#world.scheduler.now + (options?.timeout ?? 1_000);
      this.#attempt({ call, attempts: options?.attempts ?? 1, giveUpAt, resolve, reject }, 0);
    });
  }

  /**
   * A call that concerns several keys, which are served together, or each at its own moment.
   *
   * @param call serves the key with the index that it is given
   */
  many<Result>(options: CallOptions | undefined, call: Call<Result>, count: number): Promise<Result[]> {
    const { machine, isWrite } = call;
    const { random, rates } = this.#world;
    if (count > 1 && random.chance(rates.scatter)) {
      const alone = (index: number): Promise<Result> =>
        this.one(options, { machine, isWrite, serve: (attempt) => call.serve(attempt, index) });
      return Promise.all(Array.from({ length: count }, (_, index) => alone(index)));
    }
    const serve = (attempt: number): Result[] => {
      const results: Result[] = [];
      for (let index = 0; index < count; index++) results.push(call.serve(attempt, index));
      return results;
    };
    return this.one(options, { machine, isWrite, serve });
  }

  #attempt<Result>(pending: Pending<Result>, attempt: number): void {
    const { scheduler, random } = this.#world;
    const { now } = scheduler;
    const { call, giveUpAt } = pending;
    const { machine, isWrite } = call;
    const deadline = attempt + 1 < pending.attempts ? Math.min(giveUpAt, now + ATTEMPT_TIMEOUT) : giveUpAt;
    const servedAt = now + this.#network.perhapsSlow();

    switch (this.#trouble(isWrite)) {
      case 'unavailable':
        this.#fail(pending, attempt, random.chance(0.5) ? Math.min(servedAt, deadline) : deadline, noAnswer);
        return;
      case 'throttling':
        this.#fail(pending, attempt, Math.min(servedAt, deadline), tooManyRequests);
        return;
      case 'lost-answer':
        scheduler.at(Math.min(servedAt, deadline), () => void call.serve(attempt, 0));
        this.#fail(pending, attempt, random.chance(0.5) ? Math.min(servedAt + 1, deadline) : deadline, noAnswer);
        return;
      case 'late':
        scheduler.at(deadline + random.between(0, LATEST), () => void call.serve(attempt, 0));
        this.#fail(pending, attempt, deadline, noAnswer);
        return;
      case undefined:
        break;
    }
    if (servedAt > deadline) {
      // It gets there all the same, if it gets there in time: that is what the protocol assumes of late requests.
      if (isWrite) scheduler.at(Math.min(servedAt, deadline + LATEST), () => void call.serve(attempt, 0));
      this.#fail(pending, attempt, deadline, noAnswer);
      return;
    }
    scheduler.at(servedAt, () => {
      const result = call.serve(attempt, 0);
      const hand = (): void => pending.resolve(result);
      const answeredAt = random.chance(PROMPT) ? servedAt : servedAt + this.#network.perhapsSlow();
      if (answeredAt > deadline) this.#fail(pending, attempt, deadline, noAnswer);
      else if (answeredAt > servedAt) scheduler.at(answeredAt, () => machine.arrive(hand));
      else machine.arrive(hand);
    });
  }

  /** An attempt has failed, as its caller learns at that time: then there is another, or the error. */
  #fail<Result>(pending: Pending<Result>, attempt: number, at: number, error: () => StoreError): void {
    const { scheduler, random } = this.#world;
    const { attempts, giveUpAt, reject } = pending;
    const { machine } = pending.call;
    scheduler.at(at, () => {
      const backoff = random.between(12, 50) * 2 ** attempt;
      if (attempt + 1 < attempts && scheduler.now + backoff < giveUpAt) {
        scheduler.after(backoff, () => machine.arrive(() => this.#attempt(pending, attempt + 1)));
      } else {
        machine.arrive(() => reject(error()));
      }
    });
  }

  #trouble(isWrite: boolean): 'unavailable' | 'throttling' | 'lost-answer' | 'late' | undefined {
    const { scheduler, random, rates } = this.#world;
    if (scheduler.now < this.#outageUntil && rates.unavailable > 0) return 'unavailable';
    let draw = random.unit();
    draw -= rates.unavailable;
    if (draw < 0) {
      if (random.chance(0.02)) this.#outageUntil = scheduler.now + random.logBetween(...OUTAGE);
      return 'unavailable';
    }
    draw -= rates.throttling;
    if (draw < 0) return 'throttling';
    if (!isWrite) return undefined;
    draw -= rates['lost-answer'];
    if (draw < 0) return 'lost-answer';
    draw -= rates.late;
    return draw < 0 ? 'late' : undefined;
  }
}

/** A call that its caller waits for. */
interface Pending<Result> {
  readonly call: Call<Result>;
  readonly attempts: number;
  readonly giveUpAt: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: StoreError) => void;
}

const noAnswer = (): StoreError => new StoreUnavailable('simulated', 'no answer in time');
const tooManyRequests = (): StoreError => new StoreThrottled('simulated', 'too many requests');

/** Share of answers that arrive in the moment in which the request is served. */
const PROMPT = 0.8;
