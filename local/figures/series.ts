import { type Answered, isError } from './figures.ts';
import { Latencies, type Spread } from './latencies.ts';
import { NO_OUTCOMES, type Outcomes, plus, withOutcome } from './outcomes.ts';

/** What is timed. */

export type Timed = 'request' | 'cache' | 'table' | 'propagation';

/** What happened in a stretch of time. */
export interface Period {
  readonly outcomes: Outcomes;
  /** Requests that read nothing. */
  readonly writes: number;
  readonly errors: number;
  readonly changes: number;
  readonly latencies: Readonly<Record<Timed, Spread | undefined>>;
}

/** A second that is over; `at` in epoch seconds. */
export type Second = Period & { readonly at: number };

/** Counts by the second. */
export interface Series {
  answered(answered: Answered): void;
  timed(what: Timed, milliseconds: number): void;
  changed(): void;
  /** Seconds that are over, the newest {@link SECONDS_KEPT} of them, oldest first; none is left out, also where nothing was. */
  seconds(): readonly Second[];
  /** The last {@link RECENT_SECONDS} that are over, together. */
  recent(): Period;
}

/** Five minutes: what fits into a chart and still shows each second. */
const SECONDS_KEPT = 300;
export const RECENT_SECONDS = 10;

/** @param now epoch milliseconds */
export function createSeries(now: () => number): Series {
  const second = (): number => Math.floor(now() / 1_000);
  let current = newCount(second());
  const recent: Count[] = [];
  const over: Second[] = [];

  /** Closes the seconds that are over. After a long sleep (of a laptop) only as many as are kept. */
  function advance(): Count {
    const last = second();
    if (last - current.at > SECONDS_KEPT) current = newCount(last - SECONDS_KEPT);
    while (current.at < last) {
      over.push({ at: current.at, ...periodOf([current]) });
      recent.push(current);
      if (over.length > SECONDS_KEPT) over.shift();
      if (recent.length > RECENT_SECONDS) recent.shift();
      current = newCount(current.at + 1);
    }
    return current;
  }

  return {
    answered({ status, outcome, milliseconds }) {
      const count = advance();
      if (outcome === undefined) count.writes += 1;
      else count.outcomes = withOutcome(count.outcomes, outcome);
      if (isError(status)) count.errors += 1;
      record(count, 'request', milliseconds);
    },
    timed: (what, milliseconds) => record(advance(), what, milliseconds),
    changed() {
      advance().changes += 1;
    },
    seconds() {
      advance();
      return over;
    },
    recent() {
      advance();
      return periodOf(recent);
    },
  };
}

interface Count {
  readonly at: number;
  outcomes: Outcomes;
  writes: number;
  errors: number;
  changes: number;
  /** Made when there is something to record: most seconds of a quiet stack have nothing. */
  readonly latencies: Map<Timed, Latencies>;
}

const newCount = (at: number): Count => ({
  at,
  outcomes: NO_OUTCOMES,
  writes: 0,
  errors: 0,
  changes: 0,
  latencies: new Map(),
});

function record({ latencies }: Count, what: Timed, milliseconds: number): void {
  const known = latencies.get(what) ?? new Latencies();
  latencies.set(what, known);
  known.record(milliseconds);
}

function periodOf(counts: readonly Count[]): Period {
  const spread = (what: Timed): Spread | undefined => {
    const all = new Latencies();
    for (const { latencies } of counts) {
      const some = latencies.get(what);
      if (some !== undefined) all.add(some);
    }
    return all.spread();
  };
  const sum = (of: (count: Count) => number): number => counts.reduce((total, count) => total + of(count), 0);
  return {
    outcomes: counts.reduce((total, { outcomes }) => plus(total, outcomes), NO_OUTCOMES),
    writes: sum(({ writes }) => writes),
    errors: sum(({ errors }) => errors),
    changes: sum(({ changes }) => changes),
    latencies: {
      request: spread('request'),
      cache: spread('cache'),
      table: spread('table'),
      propagation: spread('propagation'),
    },
  };
}
