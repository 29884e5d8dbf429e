/** A length of time in milliseconds. Made by {@link seconds} and its siblings, never a bare number whose unit one must guess. */
export type Duration = number & { readonly __unit: 'ms' };

/** @example milliseconds(250) */
export const milliseconds = (count: number): Duration => asDuration(count, 1, 'milliseconds');

/** @example seconds(30) */
export const seconds = (count: number): Duration => asDuration(count, 1_000, 'seconds');

/** @example minutes(5) */
export const minutes = (count: number): Duration => asDuration(count, 60_000, 'minutes');

/** @example hours(12) */
export const hours = (count: number): Duration => asDuration(count, 3_600_000, 'hours');

/**
 * Where the time comes from. Everything that decides by time is handed one, so that tests, the replay and the
 * simulator can own it.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. */
  now(): number;
  /**
   * Milliseconds on a clock that is never set back, from an arbitrary start. A deadline must hold when somebody
   * corrects the wall clock, and also when a frozen execution environment thaws and only the wall clock has moved;
   * see {@link stopwatch}.
   */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/**
 * Starts measuring. The returned function answers the elapsed milliseconds, by whichever of the two clocks moved
 * further: what is measured here are deadlines, where too long is the safe mistake.
 */
export function stopwatch(clock: Clock): () => number {
  const wall = clock.now();
  const monotonic = clock.monotonic();
  return () => Math.max(clock.now() - wall, clock.monotonic() - monotonic, 0);
}

function asDuration(count: number, unit: number, name: string): Duration {
  if (!Number.isFinite(count) || count < 0) {
    throw new RangeError(`${name}(${count}) is not a duration: give a finite number that is not negative`);
  }
  return Math.round(count * unit) as Duration;
}
