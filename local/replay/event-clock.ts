import { type Clock, type Duration, systemClock } from '../../shared/time.ts';

/** The replay's time. */
export interface EventClock extends Clock {
  /** Lets time pass until the given moment, epoch milliseconds. Time that has passed stays passed. */
  moveTo(moment: number): void;
  /** Lets some time pass. */
  advance(by: Duration): void;
}

/**
 * A clock that keeps the events' own time: it stands still, so that every run of the same events decides alike, and is
 * moved from batch to batch. It is never set back: a batch of old events that is replayed after newer ones is handled
 * late, as it would be in production.
 *
 * Its monotonic side is the machine's, since that is what the deadlines of calls to a real store are measured by.
 *
 * @param start epoch milliseconds
 */
export function createEventClock(start: number): EventClock {
  let now = Math.round(start);
  return {
    now: () => now,
    monotonic: () => systemClock.monotonic(),
    moveTo(moment) {
      now = Math.max(now, Math.round(moment));
    },
    advance(by) {
      now += by;
    },
  };
}

/** The machine's time, which nobody moves: the events are as old as they are. */
export const wallClock: EventClock = { ...systemClock, moveTo() {}, advance() {} };
