import { beforeEach, expect, test } from 'vitest';
import { createSeries, type Series } from '../../../../local/figures/series.ts';

let now: number;
let series: Series;

beforeEach(() => {
  now = 100_000;
  series = createSeries(() => now);
});

const read = (outcome: 'hit' | 'miss' | 'bypass') =>
  series.answered({ route: 'GET /x', status: 200, outcome, milliseconds: 2 });

test('what happens in a second is told when it is over', () => {
  read('hit');
  now += 999;
  read('miss');
  expect(series.seconds()).toEqual([]);

  now += 1;
  expect(series.seconds()).toMatchObject([
    { at: 100, outcomes: { hit: 1, miss: 1 }, latencies: { request: { count: 2 }, cache: undefined } },
  ]);
});

test('a second in which nothing happened is told as well', () => {
  read('hit');
  now += 3_000;

  expect(series.seconds().map(({ at, outcomes }) => [at, outcomes.hit])).toEqual([
    [100, 1],
    [101, 0],
    [102, 0],
  ]);
});

test('the last ten seconds count together, and what is older does not', () => {
  read('bypass');
  series.timed('table', 10);
  now += 1_000;
  for (let second = 0; second < 9; second++) {
    read('hit');
    series.timed('table', 1);
    now += 1_000;
  }
  expect(series.recent()).toMatchObject({ outcomes: { hit: 9, bypass: 1 }, latencies: { table: { count: 10 } } });

  now += 1_000;
  expect(series.recent()).toMatchObject({ outcomes: { hit: 9, bypass: 0 }, latencies: { table: { count: 9 } } });
});

test('a machine that slept for a day does not bring a day of seconds', () => {
  read('hit');
  now += 24 * 3_600_000;

  const seconds = series.seconds();
  expect(seconds).toHaveLength(300);
  expect(seconds.at(-1)?.at).toBe(100 + 24 * 3_600 - 1);
});
