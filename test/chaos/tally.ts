import type { ReadOutcome } from '../../shared/read/outcome.ts';
import type { Staleness } from './history.ts';

/** Answers of readers, by where they came from. */
export type Outcomes = Record<ReadOutcome, number>;

/** What is counted while the traffic goes on. */
export class Tally {
  writes = 0;
  httpWrites = 0;
  httpReads = 0;
  /** Answers of items, and of pages. */
  readonly items: Outcomes = { hit: 0, absent: 0, miss: 0, bypass: 0 };
  readonly pages: Outcomes = { hit: 0, absent: 0, miss: 0, bypass: 0 };
  /** Answers that had been replaced when they were asked for, as they may be while a change is on its way. */
  stale = 0;
  /** ms */
  longestStale = 0;
  /** Stale answers although the event of the change had been applied. */
  beyondEvent = 0;
  /** The longest that a change was on its way from the table to the cache, ms. */
  longestLag = 0;
  /** ms; the table's part included. */
  slowestRead = 0;
  /** What the cache made a read wait for at most, ms. */
  longestHeldUp = 0;
  /** Reads that took longer than their deadline. */
  overdue = 0;
  /** What must not happen at all: kinds of it, with how often it did. */
  readonly errors = new Map<string, number>();

  seen({ ms, isBeyondEvent }: Staleness): void {
    if (isBeyondEvent) this.beyondEvent += 1;
    if (ms === 0) return;
    this.stale += 1;
    this.longestStale = Math.max(this.longestStale, ms);
  }

  /**
   * @param tookMs from the question to the answer
   * @param ownMs what of it was the reader's own: neither the table's nor a stall of the whole process
   * @param deadlineMs for what was its own
   */
  took(tookMs: number, ownMs: number, deadlineMs: number): void {
    this.slowestRead = Math.max(this.slowestRead, tookMs);
    this.longestHeldUp = Math.max(this.longestHeldUp, ownMs);
    if (ownMs > deadlineMs) this.overdue += 1;
  }

  failed(what: string, error: unknown): void {
    const kind = `${what}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
    this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
  }

  get reads(): number {
    return [...Object.values(this.items), ...Object.values(this.pages)].reduce((sum, count) => sum + count, 0);
  }
}
