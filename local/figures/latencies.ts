import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** How a latency was distributed; milliseconds. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Collects latencies in Node's own HDR histogram: exact to 1 % however many there are, at a constant size. */
export class Latencies {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: LONGEST_US, figures: 2 });

  /** @param milliseconds fractions of them included */
  record(milliseconds: number): void {
    this.#histogram.record(Math.min(Math.max(1, Math.round(milliseconds * US_PER_MS)), LONGEST_US));
  }

  add(other: Latencies): void {
    this.#histogram.add(other.#histogram);
  }

  /** `undefined` where nothing was recorded: a percentile of nothing is not zero. */
  spread(): Spread | undefined {
    const { count } = this.#histogram;
    if (count === 0) return undefined;
    const at = (percent: number): number => this.#histogram.percentile(percent) / US_PER_MS;
    return { count, p50: at(50), p90: at(90), p99: at(99), max: this.#histogram.max / US_PER_MS };
  }
}

const US_PER_MS = 1_000;
/** Two minutes: longer than any request waits. */
const LONGEST_US = 120_000_000;
