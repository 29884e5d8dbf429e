import type { Clock, Duration } from '../../shared/time.ts';

/** A clock that stands still until it is told how much time has passed. */
export interface TestClock extends Clock {
  advance(by: Duration): void;
}

/** @param start Milliseconds since the epoch. */
export function createTestClock(start = Date.UTC(2026, 10, 20, 10)): TestClock {
  let elapsed = 0;
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    advance: (by) => {
      elapsed += by;
    },
  };
}
