import picocolors from 'picocolors';
import stringWidth from 'string-width';
import type { Tally } from '../../shared/warm/tally.ts';
import type { Output } from '../terminal/output.ts';
import { plural } from '../terminal/text.ts';
import { timeText } from '../terminal/time.ts';

/** How far a run is. */
export interface WarmProgress {
  /** Of the run, with what it did before it was interrupted. */
  readonly tally: Tally;
  /** When this process took it up. */
  readonly before: Tally;
  /** Milliseconds since then. */
  readonly elapsed: number;
}

/**
 * How far a run is in one line: a bar, the items, the rate, what the table charges for it, and the time that is left.
 *
 * @param width in columns; where there is not room for all, what matters least is left out
 */
export function progressLine(
  progress: WarmProgress,
  expected: number | undefined,
  width: number,
  colors: boolean,
): string {
  const { items } = progress.tally;
  const { itemsPerSecond, unitsPerSecond } = ratesOf(progress);
  const rate = `${whole(itemsPerSecond)} items/s`;
  const units = `  ${whole(unitsPerSecond)} read units/s`;
  if (!expected) return `${whole(items)} items  ${rate}${units}`;
  // The table may have grown since its items were counted.
  const share = Math.min(1, items / expected);
  const left = itemsPerSecond > 0 ? `  ${timeText(((1 - share) * expected * 1_000) / itemsPerSecond)} left` : '';
  const percent = `${whole(share * 100)} %  `;
  const done = `${whole(items)} of about ${whole(expected)} items  `;
  const lines = [
    `${bar(share, WIDE_BAR, colors)} ${percent}${done}${rate}${units}${left}`,
    `${bar(share, NARROW_BAR, colors)} ${percent}${done}${rate}${left}`,
    `${bar(share, NARROW_BAR, colors)} ${percent}${rate}${left}`,
  ];
  return lines.find((line) => stringWidth(line) <= width) ?? `${percent}${rate}${left}`;
}

/** What a run came to, as one JSON document. */
export function warmJson(progress: WarmProgress, finished: boolean): string {
  return `${JSON.stringify({ finished, ...progress.tally, ms: Math.round(progress.elapsed) }, undefined, 2)}\n`;
}

/** What a run came to, for people. */
export function warmText(progress: WarmProgress, finished: boolean, output: Output): string {
  const colors = picocolors.createColors(output.colors);
  const { items, filled, present, contended, unstorable, unmapped, readUnits } = progress.tally;
  const { itemsPerSecond } = ratesOf(progress);
  const head = `${plural(items, 'item')}${finished ? '' : ' so far'}: ${whole(filled)} filled, ${whole(present)} there already`;
  const cost = `${whole(readUnits)} read units; ${timeText(progress.elapsed)} at ${whole(itemsPerSecond)} items/s`;
  const rest = [
    [unmapped, 'of no entity of the cache map'],
    [unstorable, 'that the cache does not take, or for which "project" throws'],
    [contended, 'that others kept changing'],
  ] as const;
  return [
    ...rest.flatMap(([count, what]) => (count === 0 ? [] : [colors.dim(`${plural(count, 'item')} ${what}`)])),
    colors.dim(cost),
    finished ? colors.green(`✓ ${head}.`) : `${head}.`,
    '',
  ].join('\n');
}

function ratesOf({ tally, before, elapsed }: WarmProgress): { itemsPerSecond: number; unitsPerSecond: number } {
  const perSecond = (count: number): number => (elapsed > 0 ? (count / elapsed) * 1_000 : 0);
  return {
    itemsPerSecond: perSecond(tally.items - before.items),
    unitsPerSecond: perSecond(tally.readUnits - before.readUnits),
  };
}

function bar(share: number, width: number, colors: boolean): string {
  const done = Math.round(share * width);
  const { green, dim } = picocolors.createColors(colors);
  return green('█'.repeat(done)) + dim('░'.repeat(width - done));
}

const WIDE_BAR = 20;
const NARROW_BAR = 10;

const whole = (count: number): string => Math.round(count).toLocaleString('en-US');
