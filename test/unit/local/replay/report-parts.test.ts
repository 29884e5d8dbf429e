import { describe, expect, it } from 'vitest';
import { createMetricCollector } from '../../../../local/replay/embedded-metrics.ts';
import { foldRuns } from '../../../../local/replay/fold.ts';
import type { RecordLine } from '../../../../local/replay/report.ts';

const line = (number: number, decision: RecordLine['decision'], key = 'a'): RecordLine => ({
  file: 'events/a.json',
  batch: 1,
  number,
  event: 'MODIFY',
  entity: 'user',
  key,
  decision,
  reason: `why ${decision}`,
  renewed: 0,
  propagationDelay: undefined,
});

describe('folding', () => {
  it('makes one row of many records of which the same is to be said', () => {
    const runs = foldRuns([1, 2, 3, 4].map((n) => line(n, 'coalesced')).concat(line(5, 'refreshed')));

    expect(runs.map(({ first, last, count }) => [first.number, last.number, count])).toEqual([
      [1, 4, 4],
      [5, 5, 1],
    ]);
  });

  it('leaves two alike as they are, and never folds over different items', () => {
    const runs = foldRuns([line(1, 'refreshed'), line(2, 'refreshed'), line(3, 'refreshed', 'b')]);

    expect(runs.map(({ count }) => count)).toEqual([1, 1, 1]);
  });
});

describe('the metrics that a function printed', () => {
  const emf = (values: Record<string, number | number[]>, unit: string): string =>
    JSON.stringify({
      _aws: { CloudWatchMetrics: [{ Metrics: Object.keys(values).map((Name) => ({ Name, Unit: unit })) }] },
      service: 'replay',
      ...values,
    });

  it('are added up over all invocations', () => {
    const metrics = createMetricCollector();
    expect(metrics.take(emf({ Records: 3, Failed: 0 }, 'Count'))).toBe(true);
    expect(metrics.take(emf({ Records: 4 }, 'Count'))).toBe(true);

    expect(metrics.summarize()).toMatchObject([
      { name: 'Failed', unit: 'Count', samples: 1, sum: 0 },
      { name: 'Records', unit: 'Count', samples: 2, sum: 7 },
    ]);
  });

  it('have percentiles that were measured', () => {
    const metrics = createMetricCollector();
    metrics.take(emf({ Delay: Array.from({ length: 99 }, (_, i) => i + 1) }, 'Milliseconds'));
    metrics.take(emf({ Delay: 1_000 }, 'Milliseconds'));

    expect(metrics.summarize()).toMatchObject([{ name: 'Delay', samples: 100, p50: 50, p99: 99 }]);
  });

  it('are told from its logs', () => {
    const metrics = createMetricCollector();

    expect(metrics.take('{"level":"ERROR","message":"project failed"}')).toBe(false);
    expect(metrics.take('{ broken')).toBe(false);
    expect(metrics.take('START RequestId: 1')).toBe(false);
    expect(metrics.summarize()).toEqual([]);
  });
});
