import type { Duration } from '../../shared/time.ts';
import type { Staleness } from './world/history.ts';

/** What somebody was answered. */
export interface ReadSample {
  /** Milliseconds since the beginning at which it was asked. */
  readonly at: number;
  /** Milliseconds. */
  readonly took: number;
  readonly isHit: boolean;
  /** Name of the item or the list. */
  readonly thing: string;
  readonly staleness: Staleness;
}

/** One slice of time, warm-up included. */
export interface Slice {
  /** Milliseconds since the beginning. */
  readonly at: number;
  reads: number;
  hits: number;
  stale: number;
}

/** Collects what the requests of one run saw. All samples are kept: percentiles are exact. */
export class Meter {
  readonly reads: number[] = [];
  readonly writes: number[] = [];
  /** Milliseconds for which each stale answer had been outdated. */
  readonly stale: number[] = [];
  readonly slices: readonly Slice[];
  /** Entries that were answered although they were outdated and nothing was on its way that would have corrected them. */
  readonly left = new Set<string>();
  hits = 0;
  /** Milliseconds that requests took in all. */
  waited = 0;
  readonly #warmUp: Duration;
  readonly #sliceLength: number;

  /**
   * @param warmUp what is asked before this time is in the slices only
   * @param end of the run, in milliseconds since its beginning
   */
  constructor(warmUp: Duration, end: number) {
    this.#warmUp = warmUp;
    this.#sliceLength = end / SLICES;
    this.slices = Array.from({ length: SLICES }, (_, i) => ({
      at: i * this.#sliceLength,
      reads: 0,
      hits: 0,
      stale: 0,
    }));
  }

  read({ at, took, isHit, thing, staleness: { age, isLeft, ordinal } }: ReadSample): void {
    const slice = this.slices[Math.min(SLICES - 1, Math.floor(at / this.#sliceLength))];
    if (slice !== undefined) {
      slice.reads += 1;
      slice.hits += Number(isHit);
      slice.stale += Number(age > 0);
    }
    if (at < this.#warmUp) return;
    this.reads.push(took);
    this.waited += took;
    this.hits += Number(isHit);
    if (age === 0) return;
    this.stale.push(age);
    // An answer of the table may lag behind as well, but only an entry stays behind.
    if (isHit && isLeft) this.left.add(`${thing}/${ordinal}`);
  }

  write(at: number, took: number): void {
    if (at < this.#warmUp) return;
    this.writes.push(took);
    this.waited += took;
  }

  get requests(): number {
    return this.reads.length + this.writes.length;
  }
}

/** Points of a chart over time. */
const SLICES = 70;
