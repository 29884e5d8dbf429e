import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { ReadObserver, ReadOutcome } from '../read/outcome.ts';

const OUTCOME_METRICS: Readonly<Record<ReadOutcome, string>> = {
  hit: 'Hit',
  absent: 'AbsentHit',
  miss: 'Miss',
  bypass: 'Bypass',
};

/** Counts what a reader does. Emitted with the invocation that it happened in. */
export function readMetrics(metrics: Metrics): ReadObserver {
  return {
    read({ outcome, cacheMs, tableMs }) {
      metrics.addMetric(OUTCOME_METRICS[outcome], MetricUnit.Count, 1);
      if (cacheMs !== undefined) metrics.addMetric('CacheLatency', MetricUnit.Milliseconds, cacheMs);
      if (tableMs !== undefined) metrics.addMetric('TableLatency', MetricUnit.Milliseconds, tableMs);
    },
    fillRefused() {
      metrics.addMetric('FillRefused', MetricUnit.Count, 1);
    },
    foreign() {
      metrics.addMetric('ForeignEntry', MetricUnit.Count, 1);
    },
  };
}
