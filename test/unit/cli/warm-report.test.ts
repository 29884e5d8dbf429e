import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { progressLine, warmText } from '../../../cli/warm/report.ts';
import { seconds } from '../../../shared/time.ts';
import { NOTHING } from '../../../shared/warm/tally.ts';

/** Of 10,000 items, 2,000 were done before the run was interrupted, and 3,000 in the ten seconds since. */
const progress = {
  tally: { ...NOTHING, items: 5_000, filled: 4_980, present: 18, unstorable: 2, readUnits: 500 },
  before: { ...NOTHING, items: 2_000, filled: 2_000, readUnits: 200 },
  elapsed: seconds(10),
};
const output = {
  write: () => {},
  writeError: () => {},
  columns: 100,
  colors: false,
  live: false,
  closed: new AbortController().signal,
};

it('shows how far a run is, at which rate, and how long it still takes', () => {
  expect(progressLine(progress, 10_000, 120, false)).toBe(
    '██████████░░░░░░░░░░ 50 %  5,000 of about 10,000 items  300 items/s  30 read units/s  16.7 s left',
  );
});

it.each([79, 60, 39])('keeps the rate and the time that is left where there are only %i columns', (width) => {
  for (const colors of [false, true]) {
    const line = progressLine(progress, 10_000, width, colors);

    expect(stringWidth(line)).toBeLessThanOrEqual(width);
    expect(line).toContain('50 %');
    expect(line).toMatch(/300 items\/s {2}16\.7 s left$/);
  }
});

it('shows no bar where nobody knows how many items there are', () => {
  expect(progressLine(progress, undefined, 120, false)).toBe('5,000 items  300 items/s  30 read units/s');
});

it('never shows more than all, though the table has grown', () => {
  expect(progressLine(progress, 4_000, 120, false)).toContain('100 %');
});

it('promises no end before anything is done', () => {
  const begin = { tally: NOTHING, before: NOTHING, elapsed: 0 };

  expect(progressLine(begin, 10_000, 120, false)).not.toContain('left');
});

it('tells what a run came to', () => {
  expect(warmText(progress, true, output)).toBe(
    [
      '2 items that the cache does not take, or for which "project" throws',
      '500 read units; 10.0 s at 300 items/s',
      '✓ 5,000 items: 4,980 filled, 18 there already.',
      '',
    ].join('\n'),
  );
});
