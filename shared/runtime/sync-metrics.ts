import type { BatchReport, RecordDecision } from '../sync/report.ts';
import { addMetric } from './metrics.ts';

/** The metric that counts the records of each decision. */
const DECISION_METRICS = {
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
} as const satisfies Record<RecordDecision, string>;

/**
 * Adds the figures of one batch. Those that say whether it went well are emitted as zeros too, so that "no data" never
 * means "all is well"; the others only when there is something to count.
 *
 * @param retried whether Lambda is told to deliver part of the batch again
 */
export function addSyncMetrics(report: BatchReport, retried: boolean): void {
  addMetric('BatchFailed', retried ? 1 : 0);
  addMetric('Records', report.records.length);
  addMetric('StoreOperations', report.storeOperations);
  for (const [name, records] of tally(report)) addMetric(name, records);
  if (report.renewals > 0) addMetric('GenerationsRenewed', report.renewals);
  if (report.conflicts > 0) addMetric('Conflicts', report.conflicts);
  if (report.projectionErrors.length > 0) addMetric('ProjectionErrors', report.projectionErrors.length);
  for (const delay of sampled(delaysOf(report))) addMetric('PropagationDelay', delay);
}

type DecisionMetric = (typeof DECISION_METRICS)[RecordDecision];

function tally({ records }: BatchReport): Map<DecisionMetric, number> {
  const counts = new Map<DecisionMetric, number>([
    ['Quarantined', 0],
    ['Failed', 0],
  ]);
  for (const { decision } of records) {
    const name = DECISION_METRICS[decision];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
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
