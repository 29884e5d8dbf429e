import '../../support/queue-environment.ts';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { METRICS } from '../../../shared/runtime/metric-list.ts';
import { type EmittedMetric, emittedMetrics } from '../../support/embedded-metrics.ts';
import { operatedFunctions } from '../../support/operated-functions.ts';
import { captureOutput } from '../../support/queue-messages.ts';

const MARK = 'mark-5f21';
let emitted: readonly EmittedMetric[];
let text: string;

beforeAll(async () => {
  const output = captureOutput();
  const functions = await operatedFunctions(MARK);
  await functions.changes();
  await functions.repairs();
  await functions.warming();
  await functions.reads();
  text = output.text();
  vi.restoreAllMocks();
  emitted = emittedMetrics(text);
});

const valuesOf = (metric: string): number[] =>
  emitted.filter(({ name }) => name === metric).flatMap(({ values }) => values);

describe('the metrics that the functions emit', () => {
  it.each(Object.entries(METRICS))(
    '%s is emitted with the unit, dimensions and resolution of the list',
    (name, listed) => {
      const lines = emitted.filter((metric) => metric.name === name);
      const resolution = 'resolution' in listed ? listed.resolution : 60;

      expect(lines).not.toEqual([]);
      for (const line of lines) {
        expect(line).toMatchObject({ unit: listed.unit, dimensions: listed.dimensions.toSorted(), resolution });
      }
    },
  );

  it('are all on the list', () => {
    const listed = new Set(Object.keys(METRICS));

    expect(emitted.map(({ name }) => name).filter((name) => !listed.has(name))).toEqual([]);
  });

  it('name services, entities, collections, reasons and functions, and never a key', () => {
    const labels = (dimension: string) => new Set(emitted.flatMap((metric) => metric.labels[dimension] ?? []));

    expect(labels('service')).toEqual(new Set(['test']));
    expect(labels('entity')).toEqual(new Set(['note', 'notes']));
    expect(labels('reason')).toEqual(
      new Set(['conflict', 'store', 'rejected', 'unsupported-value', 'too-late', 'settling']),
    );
    expect(labels('function_name')).toEqual(new Set(['function']));
    expect(text).not.toContain(MARK);
  });

  it('tell each batch that has to be delivered again from those that have not', () => {
    expect(valuesOf('BatchFailed').filter((value) => value === 1)).toHaveLength(1);
    expect(valuesOf('BatchFailed').length).toBeGreaterThan(5);
  });

  it('tell when the breaker kept the cache off the path', () => {
    const states = valuesOf('BreakerOpen');

    expect(states[0]).toBe(0);
    expect(states.at(-1)).toBe(1);
  });
});
