import type { ReadOutcome } from '../../shared/read/outcome.ts';
import { Latencies, type Spread } from './latencies.ts';
import { hitRatio, NO_OUTCOMES, type Outcomes, plus, readsSaved, withOutcome } from './outcomes.ts';

/** A request that was answered. */
export interface Answered {
  /** Method and path as in the template: `GET /users/{username}`. */
  readonly route: string;
  /** 0 where there was no answer at all. */
  readonly status: number;
  /** Of a read. */
  readonly outcome: ReadOutcome | undefined;
  readonly milliseconds: number;
}

/** What one route did. */
export interface RouteFigures {
  readonly route: string;
  readonly requests: number;
  /** Answers of 500 and above, and requests without an answer. */
  readonly errors: number;
  readonly outcomes: Outcomes;
  readonly hitRatio: number | undefined;
  /** Of the requests that were answered. */
  readonly latency: Spread | undefined;
}

/** What all of them did. */
export interface Figures extends Omit<RouteFigures, 'route'> {
  /** Reads that the table did not see. */
  readonly tableReadsSaved: number;
  /** By route, in the order of their names. */
  readonly routes: readonly RouteFigures[];
}

/** Counts answers. The console and the load generator both show what this makes of them. */
export interface FigureCounter {
  add(answered: Answered): void;
  figures(): Figures;
}

export function createFigureCounter(): FigureCounter {
  const routes = new Map<string, RouteCount>();
  return {
    add({ route, status, outcome, milliseconds }) {
      const count = routes.get(route) ?? { requests: 0, errors: 0, outcomes: NO_OUTCOMES, latencies: new Latencies() };
      routes.set(route, count);
      count.requests += 1;
      if (isError(status)) count.errors += 1;
      if (outcome !== undefined) count.outcomes = withOutcome(count.outcomes, outcome);
      // How soon a connection is refused says nothing of how fast answers are.
      if (status !== 0) count.latencies.record(milliseconds);
    },
    figures() {
      const all: RouteCount = { requests: 0, errors: 0, outcomes: NO_OUTCOMES, latencies: new Latencies() };
      for (const { requests, errors, outcomes, latencies } of routes.values()) {
        all.requests += requests;
        all.errors += errors;
        all.outcomes = plus(all.outcomes, outcomes);
        all.latencies.add(latencies);
      }
      return {
        ...summaryOf(all),
        tableReadsSaved: readsSaved(all.outcomes),
        routes: [...routes]
          .map(([route, count]) => ({ route, ...summaryOf(count) }))
          .sort((a, b) => (a.route < b.route ? -1 : 1)),
      };
    },
  };
}

/** Whether a status says that nobody was served: a 404 or a 409 is an answer. */
export const isError = (status: number): boolean => status === 0 || status >= 500;

interface RouteCount {
  requests: number;
  errors: number;
  outcomes: Outcomes;
  readonly latencies: Latencies;
}

function summaryOf({ requests, errors, outcomes, latencies }: RouteCount): Omit<RouteFigures, 'route'> {
  return { requests, errors, outcomes, hitRatio: hitRatio(outcomes), latency: latencies.spread() };
}
