/** @param ms milliseconds */
export function duration(ms: number): string {
  if (ms === 0) return '-';
  if (ms < 1_000) return `${digits(ms, ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
  return ms < 60_000 ? `${digits(ms / 1_000, 1)} s` : `${digits(ms / 60_000, 1)} min`;
}

/** @param share from 0 to 1 */
export function percent(share: number): string {
  return `${digits(100 * share, share < 0.01 ? 2 : 1)} %`;
}

export const thousands = (count: number): string => count.toLocaleString('en-US');

export const amount = (value: number): string => digits(value, value < 100 ? 1 : 0);

/** Whole dollars. */
export const dollars = (value: number): string => `$ ${Math.round(value).toLocaleString('en-US')}`;

/** Whole numbers are settings, and stand as they were given. */
function digits(value: number, count: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(count);
}
