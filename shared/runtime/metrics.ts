import { MetricResolution, Metrics } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';
import { METRICS, type MetricName } from './metric-list.ts';

/** The dimensions of a metric that a value has to name: all but the service, which the environment names. */
type OwnDimension<Name extends MetricName> = Exclude<(typeof METRICS)[Name]['dimensions'][number], 'service'>;

/** The metrics whose only dimension is the service. */
type ServiceMetric = { [Name in MetricName]: OwnDimension<Name> extends never ? Name : never }[MetricName];

/** Adds a value to a metric of the list. It is printed, in the embedded metric format, when the invocation ends. */
export function addMetric(name: ServiceMetric, value: number): void;
export function addMetric<Name extends Exclude<MetricName, ServiceMetric | 'ColdStart'>>(
  name: Name,
  value: number,
  dimensions: { readonly [Dimension in OwnDimension<Name>]: string },
): void;
export function addMetric(name: MetricName, value: number, dimensions: Readonly<Record<string, string>> = {}): void {
  const { unit } = METRICS[name];
  const resolution = 'resolution' in METRICS[name] ? MetricResolution.High : MetricResolution.Standard;
  metricsOf(dimensions).addMetric(name, unit, value, resolution);
}

/**
 * Middleware that prints an invocation's metrics when it ends, however it does. Powertools' own middleware would, of an invocation that
 * has none, print a warning that is no log line.
 *
 * @example export const handler = middy(read).use(metricsOutput());
 */
export function metricsOutput(): MiddlewareObj {
  return {
    before: ({ context }) => metricsOf({}).captureColdStartMetric(context.functionName),
    after: publish,
    onError: publish,
  };
}

/** The namespace of the metrics where `POWERTOOLS_METRICS_NAMESPACE` sets none. */
const METRICS_NAMESPACE = 'DynamoCacheSync';

/**
 * One line of the embedded format has one set of dimensions for all of its metrics, so each combination of dimensions
 * has a collector of its own. There are as many as entities, collections and reasons.
 */
const collectors = new Map<string, Metrics>();

function metricsOf(dimensions: Readonly<Record<string, string>>): Metrics {
  const id = JSON.stringify(dimensions);
  const known = collectors.get(id);
  if (known !== undefined) return known;
  const namespace = process.env.POWERTOOLS_METRICS_NAMESPACE || METRICS_NAMESPACE;
  const metrics = new Metrics({ namespace, defaultDimensions: { ...dimensions } });
  collectors.set(id, metrics);
  return metrics;
}

function publish(): void {
  for (const metrics of collectors.values()) if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}
