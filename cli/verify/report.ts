import picocolors from 'picocolors';
import { total, type VerifyTally } from '../../shared/verify/tally.ts';
import type { StaleEntry, VerifyProgress } from '../../shared/verify/verify.ts';
import { grid } from '../terminal/grid.ts';
import type { Output } from '../terminal/output.ts';
import { keyText, plural } from '../terminal/text.ts';
import { timeText } from '../terminal/time.ts';

/** What a run came to. */
export interface VerifyReport {
  readonly tally: VerifyTally;
  /** Items that are none of the cache map's. */
  readonly unmapped: number;
  readonly stale: readonly StaleEntry[];
  readonly finished: boolean;
}

/** The report as one JSON document. */
export function verifyJson({ tally, unmapped, stale, finished }: VerifyReport, attributes: readonly string[]): string {
  const entries = stale.map(({ entity, primaryKey, age }) => ({
    entity,
    key: keyText(primaryKey, attributes),
    ageMs: age,
  }));
  return `${JSON.stringify({ finished, total: total(tally), entities: tally, unmapped, stale: entries }, undefined, 2)}\n`;
}

/**
 * The report for people; the verdict is the last line.
 *
 * @param attributes of the table's key, the partition attribute first
 */
export function verifyText(report: VerifyReport, attributes: readonly string[], output: Output): string {
  const { tally, unmapped, stale } = report;
  const colors = picocolors.createColors(output.colors);
  const rows = Object.entries(tally).sort(([a], [b]) => (a < b ? -1 : 1));
  const [head = '', ...lines] = grid(
    [
      ['entity', ...COLUMNS],
      ...rows.map(([name, counts]) => [name, ...COLUMNS.map((column) => counts[column].toLocaleString('en-US'))]),
    ],
    COLUMNS.map((_, i) => i + 1),
  );
  return [
    ...(rows.length === 0 ? [] : [colors.dim(head), ...lines]),
    ...(unmapped === 0 ? [] : [colors.dim(`${plural(unmapped, 'item')} of no entity of the cache map`)]),
    ...staleLines(stale, attributes),
    verdict(report, colors),
    '',
  ].join('\n');
}

/** How far a run is, in one line. */
export function progressLine({ tally, lookedAt }: VerifyProgress, expected: number | undefined): string {
  const of = expected === undefined ? '' : ` of about ${expected.toLocaleString('en-US')}`;
  const { stale, agree } = total(tally);
  return `looked at ${lookedAt.toLocaleString('en-US')}${of} items: ${agree.toLocaleString('en-US')} agree, ${stale} stale`;
}

const COLUMNS = ['agree', 'settled', 'missing', 'unknown', 'stale', 'repaired'] as const;

function staleLines(stale: readonly StaleEntry[], attributes: readonly string[]): string[] {
  const shown = stale.slice(0, MOST_SHOWN).map(({ entity, primaryKey, age }) => {
    return `  ${entity}  ${keyText(primaryKey, attributes)}  wrong for ${timeText(age)} at most`;
  });
  const more = stale.length - shown.length;
  return [...shown, ...(more > 0 ? [`  and ${more.toLocaleString('en-US')} more: --json has all`] : [])];
}

const MOST_SHOWN = 20;

function verdict({ tally, finished }: VerifyReport, colors: ReturnType<typeof picocolors.createColors>): string {
  const { agree, settled, missing, unknown, stale, repaired } = total(tally);
  const lookedAt = agree + settled + missing + unknown + stale;
  const scope = finished ? plural(lookedAt, 'item') : `${plural(lookedAt, 'item')} so far`;
  if (lookedAt === 0) return `${scope}: there was nothing to compare.`;
  if (stale === 0) return colors.green(`✓ ${scope}: no entry says anything else than the table.`);
  const remedy = repaired > 0 ? `${repaired} replaced by tombstones` : '--repair replaces them by tombstones';
  return colors.red(`✗ ${scope}: ${plural(stale, 'entry is', 'entries are')} stale; ${remedy}.`);
}
