import { type Clock, systemClock } from '../time.ts';
import { timer, type Wait } from './wait.ts';

/** Keeps the reads of a table below so many read units a second, so that those whom the table is for are not throttled. */
export interface ReadBudget {
  /** Resolves when the next read may begin, and as soon as the signal aborts: whoever waits asks the signal then. */
  ready(signal: AbortSignal): Promise<void>;
  /** Takes what a read consumed off the budget. What it costs is known only afterwards, so the next one waits for it. */
  spend(units: number): void;
  /** What has been consumed so far. */
  spent(): number;
}

export interface ReadBudgetOptions {
  readonly unitsPerSecond: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: by a timer. */
  readonly wait?: Wait;
}

/**
 * A token bucket that may run into debt. On average it holds the rate; what is read at once can exceed a second's worth
 * by one page of each reader at work, and what was not used is not saved up for longer than a second either.
 */
export function createReadBudget({ unitsPerSecond, clock = systemClock, wait = timer }: ReadBudgetOptions): ReadBudget {
  let balance = unitsPerSecond;
  let at = clock.monotonic();
  let total = 0;

  function earn(): void {
    const now = clock.monotonic();
    balance = Math.min(unitsPerSecond, balance + ((now - at) / 1_000) * unitsPerSecond);
    at = now;
  }

  return {
    async ready(signal) {
      for (earn(); balance < 0 && !signal.aborted; earn()) {
        await wait(Math.ceil((-balance / unitsPerSecond) * 1_000), signal);
      }
    },
    spend(units) {
      earn();
      balance -= units;
      total += units;
    },
    spent: () => total,
  };
}
