import { expect, test } from 'vitest';
import { createFigureCounter } from '../../../../local/figures/figures.ts';
import { milliseconds, percent } from '../../../../local/figures/format.ts';
import { Latencies } from '../../../../local/figures/latencies.ts';

const GET = 'GET /users/{username}';

test('a cached absence is a hit and a saved read, a bypass is neither', () => {
  const counter = createFigureCounter();
  for (const outcome of ['hit', 'hit', 'absent', 'miss', 'bypass'] as const) {
    counter.add({ route: GET, status: 200, outcome, milliseconds: 1 });
  }

  expect(counter.figures()).toMatchObject({ hitRatio: 3 / 5, tableReadsSaved: 3 });
});

test('all routes together are the sum of each', () => {
  const counter = createFigureCounter();
  counter.add({ route: GET, status: 200, outcome: 'hit', milliseconds: 1 });
  counter.add({ route: 'PUT /products/{productId}', status: 200, outcome: undefined, milliseconds: 9 });

  const { requests, latency, routes } = counter.figures();
  expect(requests).toBe(2);
  expect(latency).toMatchObject({ count: 2 });
  expect(routes.map(({ route, hitRatio }) => [route, hitRatio])).toEqual([
    [GET, 1],
    ['PUT /products/{productId}', undefined],
  ]);
});

test('nobody served is an error: a status of 500, or no answer; a refusal is an answer', () => {
  const counter = createFigureCounter();
  for (const status of [200, 404, 409, 500, 0]) {
    counter.add({ route: GET, status, outcome: undefined, milliseconds: 1 });
  }

  expect(counter.figures().errors).toBe(2);
});

test('what was not answered was not fast: latencies are those of answers', () => {
  const counter = createFigureCounter();
  counter.add({ route: GET, status: 200, outcome: 'hit', milliseconds: 50 });
  counter.add({ route: GET, status: 0, outcome: undefined, milliseconds: 0.1 });

  expect(counter.figures()).toMatchObject({ requests: 2, latency: { count: 1 }, routes: [{ latency: { count: 1 } }] });
});

test('percentiles are exact to a percent, from microseconds to minutes', () => {
  const latencies = new Latencies();
  for (let i = 1; i <= 1_000; i++) latencies.record(i / 10);

  const { p50 = 0, p90 = 0, p99 = 0, max = 0 } = latencies.spread() ?? {};
  for (const [measured, is] of [
    [p50, 50],
    [p90, 90],
    [p99, 99],
    [max, 100],
  ] as const) {
    expect(Math.abs(measured - is) / is).toBeLessThan(0.01);
  }
});

test('of nothing there is no percentile', () => {
  expect(new Latencies().spread()).toBeUndefined();
});

test.each([
  [undefined, '–'],
  [0, '0.0 %'],
  [0.9996, '99.9 %'],
  [1, '100 %'],
])('a share of %s is shown as %s: only all is 100 %%', (share, shown) => {
  expect(percent(share)).toBe(shown);
});

test.each([
  [0.123, '0.12 ms'],
  [4.21, '4.2 ms'],
  [42.4, '42 ms'],
  [1_234, '1.2 s'],
])('%s ms is shown as %s', (value, shown) => {
  expect(milliseconds(value)).toBe(shown);
});
