import type { Clock } from '../../../shared/time.ts';
import type { Scheduler } from './scheduler.ts';

/** Where virtual time begins on the wall clocks: 2026-11-20T10:00:00Z. */
export const EPOCH = Date.UTC(2026, 10, 20, 10);

/** Where an answer comes from. */
export type Origin = 'store' | 'table';

/**
 * A process: with a clock of its own, and mortal. Everything that its code waits for arrives through here, which is
 * where it can be killed or frozen: exactly between two awaits.
 */
export class Machine implements Clock {
  readonly name: string;
  /** Milliseconds by which its wall clock is ahead of true time. */
  skew: number;
  /** Told of every arrival, before the code is; may kill or freeze. */
  onArrival: ((from: Origin) => void) | undefined;
  readonly #scheduler: Scheduler;
  #alive = true;
  #frozenUntil = 0;
  /** Time that its monotonic clock has missed. */
  #suspended = 0;

  constructor(name: string, scheduler: Scheduler, skew: number) {
    this.name = name;
    this.#scheduler = scheduler;
    this.skew = skew;
  }

  get alive(): boolean {
    return this.#alive;
  }

  now(): number {
    return Math.floor(EPOCH + this.#scheduler.now + this.skew);
  }

  monotonic(): number {
    return this.#scheduler.now - this.#suspended;
  }

  /** Whatever its code still waits for never comes. Requests that are on their way are not called back. */
  kill(): void {
    this.#alive = false;
  }

  /**
   * Nothing arrives for so long.
   *
   * @param suspend its monotonic clock stands still meanwhile, as that of a frozen execution environment does
   */
  freeze(duration: number, suspend: boolean): void {
    this.#frozenUntil = this.#scheduler.now + duration;
    if (suspend) this.#suspended += duration;
  }

  /** Hands something over to the code that waits for it, when the machine is able to take it. */
  arrive(hand: () => void, from: Origin = 'store'): void {
    if (this.#alive && !this.#isFrozen()) this.onArrival?.(from);
    this.#hand(hand);
  }

  #isFrozen(): boolean {
    return this.#scheduler.now < this.#frozenUntil;
  }

  #hand(hand: () => void): void {
    if (!this.#alive) return;
    if (this.#isFrozen()) {
      this.#scheduler.at(this.#frozenUntil, () => this.#hand(hand));
      return;
    }
    this.#scheduler.wake();
    hand();
  }
}
