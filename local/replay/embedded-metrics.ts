import { isObject } from '../../shared/sync/record.ts';

/** A metric over the whole replay. */
export interface MetricSummary {
  readonly name: string;
  readonly unit: string;
  readonly samples: number;
  readonly sum: number;
  readonly p50: number;
  readonly p99: number;
}

/** Collects what a function prints in CloudWatch's embedded metric format. */
export interface MetricCollector {
  /** Takes the line if it is one of metrics; `false` for any other line. */
  take(line: string): boolean;
  /** By name. */
  summarize(): MetricSummary[];
}

/** The values in a line of metrics, by name; `undefined` for any other line. */
export function metricsIn(line: string): Map<string, { readonly unit: string; readonly values: number[] }> | undefined {
  const document = parse(line);
  if (document === undefined) return undefined;
  return new Map(
    definitionsIn(document).map(({ name, unit }) => {
      return [name, { unit, values: [document[name]].flat().filter((value) => typeof value === 'number') }];
    }),
  );
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
export function createMetricCollector(): MetricCollector {
  const series = new Map<string, { unit: string; values: number[] }>();
  return {
    take(line) {
      const metrics = metricsIn(line);
      if (metrics === undefined) return false;
      for (const [name, { unit, values }] of metrics) {
        const known = series.get(name) ?? { unit, values: [] };
        known.values.push(...values);
        series.set(name, known);
      }
      return true;
    },
    summarize: () =>
      [...series]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, { unit, values }]) => {
          const sorted = values.toSorted((a, b) => a - b);
          const sum = values.reduce((total, value) => total + value, 0);
          return { name, unit, samples: values.length, sum, p50: percentile(sorted, 50), p99: percentile(sorted, 99) };
        }),
  };
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const document: unknown = JSON.parse(line);
    return isObject(document) && isObject(document._aws) ? document : undefined;
  } catch {
    return undefined;
  }
}

function definitionsIn({ _aws: metadata }: Record<string, unknown>): { name: string; unit: string }[] {
  const directives = isObject(metadata) ? listOf(metadata.CloudWatchMetrics) : [];
  return directives
    .flatMap((directive) => listOf(directive.Metrics))
    .map(({ Name, Unit }) => ({ name: String(Name), unit: String(Unit ?? 'None') }));
}

const listOf = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The nearest rank: a value that was measured, not one between two. */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}
