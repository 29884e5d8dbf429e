/** Milliseconds with the digits that mean something: `0.42 ms`, `4.2 ms`, `42 ms`, `4.2 s`. */
export function milliseconds(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value >= 1_000) return `${digits(value / 1_000)} s`;
  return `${digits(value)} ms`;
}

/** A length of time for people: `9 s`, `12 min`, `3 h`. */
export function duration(value: number): string {
  const seconds = Math.round(Math.max(0, value) / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** A share from 0 to 1 as `93.4 %`. */
export function percent(share: number | undefined): string {
  if (share === undefined) return '–';
  // Only what is all of it may be called so.
  const shown = share < 1 ? Math.min(share * 100, 99.9) : 100;
  return `${shown.toFixed(shown === 100 ? 0 : 1)} %`;
}

export const count = (value: number): string => value.toLocaleString('en-US');

/** How many there were in each second: `12` or, where there are few, `0.3`. */
export const rate = (value: number, seconds: number): string => {
  const each = value / seconds;
  return each > 0 && each < 10 ? each.toFixed(1) : count(Math.round(each));
};

/** The time of day, to the second. */
export const clockTime = (epochMs: number): string => CLOCK.format(epochMs);

export function bytes(value: number): string {
  return value < 1_000 ? `${value} B` : `${digits(value / 1_000)} kB`;
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

function digits(value: number): string {
  if (value < 1) return value.toFixed(2);
  return value < 10 ? value.toFixed(1) : count(Math.round(value));
}
