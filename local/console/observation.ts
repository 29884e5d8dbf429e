import type { RecordOutcome } from '../../shared/sync/report.ts';
import { createFigureCounter } from '../figures/figures.ts';
import { isOutcome } from '../figures/outcomes.ts';
import { createSeries, type Timed } from '../figures/series.ts';
import type { RequestReport } from '../http/api.ts';
import { metricsIn } from '../replay/embedded-metrics.ts';
import type { InvocationReport } from '../stream/delivery.ts';
import { createFeed } from './feed.ts';
import { labelOf } from './labels.ts';
import type { ChangeLine, News, RequestLine } from './protocol.ts';

/** What a stack tells of itself; see its options of the same names. */
export interface StackListeners {
  readonly onRequest: (report: RequestReport) => void;
  readonly onLog: (line: string) => void;
  readonly onBatch: (batch: { readonly records: readonly RecordOutcome[] }) => void;
  readonly onInvocation: (report: InvocationReport) => void;
}

/** Everything that the console knows of what goes on. */
export interface Observation {
  readonly listeners: StackListeners;
  /** Begins to tell somebody: first what there is, then, with each call, what is new. */
  follow(): () => Omit<News, 'controls'>;
}

/** @param now epoch milliseconds */
export function createObservation(now: () => number = Date.now): Observation {
  const counter = createFigureCounter();
  const series = createSeries(now);
  const requests = createFeed<RequestLine>(LINES_KEPT);
  const changes = createFeed<ChangeLine>(LINES_KEPT);

  return {
    listeners: {
      onRequest({ routeKey, path, status, cache, milliseconds }) {
        const outcome = isOutcome(cache) ? cache : undefined;
        const answered = { route: routeKey, status, outcome, milliseconds };
        counter.add(answered);
        series.answered(answered);
        const [method = ''] = routeKey.split(' ');
        requests.add((id) => ({ id, at: now(), method, path, status, outcome, milliseconds }));
      },
      onLog(line) {
        for (const [name, { values }] of metricsIn(line) ?? []) {
          const timed = TIMED_METRICS.get(name);
          if (timed !== undefined) for (const value of values) series.timed(timed, value);
        }
      },
      onBatch({ records }) {
        for (const record of records) {
          series.changed();
          changes.add((id) => ({ id, at: now(), ...changeOf(record) }));
        }
      },
      onInvocation({ verdict, records, error }) {
        // Of a batch whose function threw, nothing else is heard.
        if (verdict === 'failed' && error !== undefined) {
          changes.add((id) => ({ id, at: now(), ...failedInvocation(records, error) }));
        }
      },
    },
    follow() {
      const newRequests = requests.follow();
      const newChanges = changes.follow();
      let last = Number.NEGATIVE_INFINITY;
      return () => {
        const seconds = series.seconds().filter(({ at }) => at > last);
        last = seconds.at(-1)?.at ?? last;
        return {
          ...{ now: now(), requests: newRequests(), changes: newChanges(), seconds },
          ...{ recent: series.recent(), total: counter.figures() },
        };
      };
    },
  };
}

/** The functions' own metrics: what a deployed stack shows of the same things. */
const TIMED_METRICS: ReadonlyMap<string, Timed> = new Map([
  ['CacheLatency', 'cache'],
  ['TableLatency', 'table'],
  ['PropagationDelay', 'propagation'],
]);

const LINES_KEPT = 200;

function changeOf(record: RecordOutcome): Omit<ChangeLine, 'id' | 'at'> {
  const { type, entity, key, decision, reason, propagationDelay, renewed } = record;
  const label = key === undefined ? '' : labelOf(key);
  return { event: type, entity, key, label, decision, reason, delay: propagationDelay, renewed };
}

function failedInvocation(records: number, error: unknown): Omit<ChangeLine, 'id' | 'at'> {
  const label = `a batch of ${records}`;
  const reason = `${error instanceof Error ? error.message : String(error)}; the batch is tried again`;
  return {
    event: undefined,
    entity: undefined,
    key: undefined,
    label,
    decision: 'failed',
    reason,
    delay: undefined,
    renewed: 0,
  };
}
