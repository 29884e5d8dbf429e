import type { Scheduler } from './scheduler.ts';

/** What happened, as a number that two runs can be compared by, and, on demand, as lines. */
export class Trace {
  readonly lines: string[] = [];
  /** Whether somebody wants lines. Ask before making one: that costs more than what it tells of. */
  readonly isKept: boolean;
  readonly #scheduler: Scheduler;
  #hash = 0x811c9dc5;

  constructor(scheduler: Scheduler, isKept: boolean) {
    this.#scheduler = scheduler;
    this.isKept = isKept;
  }

  /** Of everything that was mixed in, in its order (FNV-1a). */
  get hash(): number {
    return this.#hash >>> 0;
  }

  mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value | 0), 0x01000193);
  }

  line(text: string): void {
    this.lines.push(`${(this.#scheduler.now / 1_000).toFixed(3).padStart(12)} s  ${text}`);
  }
}
