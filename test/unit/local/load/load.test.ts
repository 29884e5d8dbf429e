import { expect, test } from 'vitest';
import { createFigureCounter } from '../../../../local/figures/figures.ts';
import { arrivals } from '../../../../local/load/arrivals.ts';
import { populate } from '../../../../local/load/population.ts';
import type { LoadReport } from '../../../../local/load/run.ts';
import { send } from '../../../../local/load/sample-api.ts';
import { closingReport } from '../../../../local/load/text.ts';
import { Versions } from '../../../../local/load/versions.ts';
import { seededRandom, zipf } from '../../../../local/random.ts';

/** A subject whose versions 1, 2 and 3 were confirmed at 100, 200 and 300. */
function threeVersions(): Versions {
  const versions = new Versions();
  for (const at of [100, 200, 300]) versions.end(versions.begin() ?? 0, 'confirmed', at);
  return versions;
}

test.each([
  ['the last version', 3, 900, 0],
  ['one that was replaced before the read', 2, 350, 50],
  ['one that was replaced twice: since the first time', 1, 350, 150],
  ['one that was replaced after the read had begun', 2, 250, 0],
  ['one that is newer than any confirmed', 4, 900, 0],
])('the staleness of %s', (_, seen, askedAt, staleness) => {
  expect(threeVersions().staleness(seen, askedAt)).toBe(staleness);
});

test('a write that failed may show or not: neither is stale, until the next one is confirmed', () => {
  const versions = threeVersions();
  versions.end(versions.begin() ?? 0, 'unknown', 400);
  expect([3, 4].map((seen) => versions.staleness(seen, 500))).toEqual([0, 0]);
  expect(versions.latest).toBe(3);

  versions.end(versions.begin() ?? 0, 'confirmed', 600);
  expect([3, 4, 5].map((seen) => versions.staleness(seen, 700))).toEqual([100, 100, 0]);
});

test('one write at a time: of two, nobody could say which came last', () => {
  const versions = new Versions();
  expect(versions.begin()).toBe(1);
  expect(versions.begin()).toBeUndefined();
});

test.each([
  [0, [0.25, 0.25, 0.25, 0.25]],
  [1, [0.48, 0.24, 0.16, 0.12]],
])('with an exponent of %s keys are as popular as Zipf says', (exponent, shares) => {
  const measured = zipfShares(exponent);
  shares.forEach((share, i) => {
    expect(Math.abs((measured[i] ?? 0) - share)).toBeLessThan(0.02);
  });
});

/** How often each of four keys is picked. */
function zipfShares(exponent: number): number[] {
  const rankOf = zipf(4, exponent);
  const random = seededRandom(1);
  const picks = Array.from({ length: 20_000 }, () => rankOf(random()));
  return [0, 1, 2, 3].map((key) => picks.filter((picked) => picked === key).length / picks.length);
}

test('requests arrive as often as asked for, each with the time when it was due, though nothing is answered', async () => {
  const due: number[] = [];
  const began = performance.now();
  await arrivals(
    { rps: 500, seconds: 0.4 },
    seededRandom(1),
    (dueAt) => void due.push(dueAt),
    new AbortController().signal,
  );

  expect(due.length).toBeGreaterThan(140);
  expect(due.length).toBeLessThan(260);
  expect(due.toSorted((a, b) => a - b)).toEqual(due);
  expect(due.every((dueAt) => dueAt > began && dueAt < began + 500)).toBe(true);
});

test('nothing arrives any more once it is stopped', async () => {
  const stop = new AbortController();
  let arrived = 0;
  await arrivals(
    { rps: 1_000, seconds: 60 },
    seededRandom(1),
    () => {
      arrived += 1;
      if (arrived === 5) stop.abort();
    },
    stop.signal,
  );

  expect(arrived).toBe(5);
});

test('Ctrl-C while the first versions are written ends that, too', async () => {
  const ended = new Error('ended by Ctrl-C');
  await expect(populate('http://127.0.0.1:9', 1_000, 'run', AbortSignal.abort(ended))).rejects.toBe(ended);
});

test.each([
  [{ written: 0, behind: 0 }, 'No key was written again, so none could stay behind.'],
  [{ written: 3, behind: 0 }, 'In the end all 3 keys that were written show their last version.'],
  [{ written: 3, behind: 1 }, 'In the end 1 of 3 keys that were written do not show their last version.'],
])('of %j the report says how it ended', (end, line) => {
  expect(closingReport({ ...nothing, end })).toContain(`\n${line}\n`);
});

test('what went wrong is said by its kind, the most frequent first', () => {
  const errors = { '503': 2, 'no answer (ECONNRESET)': 1_200 };
  expect(closingReport({ ...nothing, errors })).toContain('\nErrors: 1,200 × no answer (ECONNRESET), 2 × 503.\n');
  expect(closingReport(nothing)).not.toContain('Errors:');
});

test('of a server that is not there it is told why', async () => {
  const reply = await send('http://127.0.0.1:9', { route: 'GET /', path: '/' });
  expect(reply).toMatchObject({ status: 0, error: expect.stringMatching(/^no answer \(.+\)$/) });
});

const nothing: LoadReport = {
  ...{ figures: createFigureCounter().figures(), errors: {}, checked: 0 },
  ...{ stale: undefined, late: undefined, inFlight: 0, end: undefined },
};
