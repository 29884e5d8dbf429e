/**
 * The value in the middle: one run that something else disturbed does not move it.
 *
 * @throws {RangeError} when there are no values
 */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * @param share which part of the values is smaller, from 0 to 1
 * @throws {RangeError} when there are no values
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new RangeError('there is no quantile of no values');
  return below + (above - below) * (place - Math.floor(place));
}

/** The median of what each run measured of one over what the same run measured of the other. */
export function medianRatio(of: readonly number[], over: readonly number[]): number {
  return median(of.map((value, run) => value / (over[run] ?? Number.NaN)));
}
