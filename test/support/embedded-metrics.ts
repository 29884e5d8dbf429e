/** A metric as one line of the embedded metric format announces it. */
export interface EmittedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly unit: string;
  /** Names of the dimensions, sorted. */
  readonly dimensions: readonly string[];
  /** What the dimensions hold. */
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
  /** Seconds. */
  readonly resolution: number;
}

interface MetricDirective {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string; readonly StorageResolution?: number }[];
}

/** Reads what functions printed as CloudWatch does: lines of the embedded metric format are metrics, others are not. */
export function emittedMetrics(output: string): EmittedMetric[] {
  return output
    .split('\n')
    .filter((line) => line.includes('"_aws"'))
    .flatMap((text) => {
      const line = JSON.parse(text);
      const directives: MetricDirective[] = line._aws.CloudWatchMetrics;
      return directives.flatMap(({ Namespace, Dimensions, Metrics }) =>
        Metrics.flatMap(({ Name, Unit, StorageResolution = 60 }) =>
          Dimensions.map((dimensions) => ({
            namespace: Namespace,
            name: Name,
            unit: Unit,
            dimensions: dimensions.toSorted(),
            labels: Object.fromEntries(dimensions.map((dimension) => [dimension, String(line[dimension])])),
            values: [line[Name]].flat().map(Number),
            resolution: StorageResolution,
          })),
        ),
      );
    });
}
