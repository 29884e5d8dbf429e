import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { StoreThrottled } from '../store/errors.ts';
import type { BatchReport, RecordDecision } from '../sync/report.ts';

/** The metric that counts the records of each decision. */
const DECISION_METRICS: Readonly<Record<RecordDecision, string>> = {
  refreshed: 'Refreshed',
  prefilled: 'Prefilled',
  absent: 'Absent',
  tombstoned: 'Tombstoned',
  skipped: 'Skipped',
  unchanged: 'Unchanged',
  coalesced: 'Coalesced',
  'no-entity': 'NoEntity',
  quarantined: 'Quarantined',
  failed: 'Failed',
};

/**
 * Adds the figures of one batch. Counts that an alarm watches are emitted as zeros too, so that "no data" never means
 * "all is well"; the others only when there is something to count.
 */
export function addSyncMetrics(metrics: Metrics, report: BatchReport): void {
  const count = (name: string, value: number): void => {
    metrics.addMetric(name, MetricUnit.Count, value);
  };
  count('Records', report.records.length);
  count('StoreOperations', report.storeOperations);
  const decisions = tally(report);
  for (const [decision, name] of Object.entries(DECISION_METRICS)) {
    const records = decisions.get(decision) ?? 0;
    if (records > 0 || decision === 'quarantined' || decision === 'failed') count(name, records);
  }
  if (report.renewals > 0) count('GenerationsRenewed', report.renewals);
  if (report.conflicts > 0) count('Conflicts', report.conflicts);
  if (report.projectionErrors.length > 0) count('ProjectionErrors', report.projectionErrors.length);
  const throttles = report.failures.filter((error) => error instanceof StoreThrottled).length;
  if (throttles > 0) count('StoreThrottled', throttles);
  for (const delay of sampled(delaysOf(report))) metrics.addMetric('PropagationDelay', MetricUnit.Milliseconds, delay);
}

function tally({ records }: BatchReport): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { decision } of records) counts.set(decision, (counts.get(decision) ?? 0) + 1);
  return counts;
}

function delaysOf({ records }: BatchReport): number[] {
  return records.flatMap(({ propagationDelay }) => (propagationDelay === undefined ? [] : [propagationDelay]));
}

/** The embedded metric format takes 100 values of a metric in one line. */
const MAX_VALUES = 100;

/** Every value where they fit; else evenly spaced ranks of them, the largest included: percentiles stay what they are. */
function sampled(values: readonly number[]): number[] {
  if (values.length <= MAX_VALUES) return [...values];
  const sorted = values.toSorted((a, b) => a - b);
  return Array.from(
    { length: MAX_VALUES },
    (_, i) => sorted[Math.ceil(((i + 1) * sorted.length) / MAX_VALUES) - 1] ?? 0,
  );
}
