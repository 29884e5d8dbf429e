import { expect, test } from 'vitest';
import { freeze, linesShown, newState, takeIn } from '../../../../local/console/page/state.ts';
import type { News, RequestLine } from '../../../../local/console/protocol.ts';
import { createFigureCounter } from '../../../../local/figures/figures.ts';
import { createSeries } from '../../../../local/figures/series.ts';

const request = (id: number): RequestLine => ({
  ...{ id, at: id, method: 'GET', path: `/users/${id}`, status: 200, outcome: 'hit', milliseconds: 1 },
});

const news = (...ids: number[]): News => ({
  ...{ now: 0, requests: ids.map(request), changes: [], seconds: [] },
  ...{ recent: createSeries(() => 0).recent(), total: createFigureCounter().figures() },
  controls: { store: 'momento', cache: { kind: 'on' }, cacheFixed: undefined, streamHeldSince: undefined },
});

const idsShown = (state: ReturnType<typeof newState>) => linesShown(state).requests.map(({ id }) => id);

test('lists that are frozen stay as they are, and go on with what came in meanwhile', () => {
  const state = newState();
  takeIn(state, news(1, 2), true);
  freeze(state);
  takeIn(state, news(3), false);
  expect(idsShown(state)).toEqual([2, 1]);

  freeze(state);
  expect(idsShown(state)).toEqual([3, 2, 1]);
});

test('a server that was started anew while they were frozen counts from 1 again, and no number is there twice', () => {
  const state = newState();
  takeIn(state, news(1, 2, 3), true);
  freeze(state);
  takeIn(state, news(1), true);
  takeIn(state, news(2), false);

  freeze(state);
  expect(idsShown(state)).toEqual([2, 1]);
});

test('however many hours go by, the page keeps as much as it shows', () => {
  const state = newState();
  for (let i = 0; i < 2_000; i += 1) {
    takeIn(state, { ...news(i), seconds: [{ ...news().recent, at: i }] }, i === 0);
  }
  expect(state.lines.requests).toHaveLength(100);
  expect(state.seconds).toHaveLength(120);
});
