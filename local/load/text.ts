import type { Figures, RouteFigures } from '../figures/figures.ts';
import { count, milliseconds, percent, rate } from '../figures/format.ts';
import { readsIn } from '../figures/outcomes.ts';
import type { LoadOptions, LoadReport } from './run.ts';

/** What is going to be done. */
export function heading({ url, rps, seconds, writeRatio, zipf, keys, seed }: LoadOptions): string {
  return [
    `${count(rps)} requests/s for ${count(seconds)} s at ${url}`,
    `${percent(writeRatio)} writes, ${count(keys)} keys, Zipf ${zipf}, seed ${seed}`,
  ].join('; ');
}

/** One line while it goes on. */
export function progressLine({ figures, stale, inFlight }: LoadReport, elapsedSeconds: number): string {
  return [
    `${Math.round(elapsedSeconds)} s`,
    `${count(figures.requests)} answered`,
    `${rate(figures.requests, Math.max(1, elapsedSeconds))}/s`,
    `${inFlight} in flight`,
    `hit ratio ${percent(figures.hitRatio)}`,
    `p50 ${milliseconds(figures.latency?.p50)}`,
    `p99 ${milliseconds(figures.latency?.p99)}`,
    `stale ${count(stale?.count ?? 0)}`,
    ...(figures.errors === 0 ? [] : [`${count(figures.errors)} errors`]),
  ].join('  ');
}

/** What it came to. */
export function closingReport(report: LoadReport): string {
  const { figures } = report;
  return [
    '',
    ...routeTable(figures),
    '',
    readsLine(figures),
    ...errorLines(report),
    ...stalenessLines(report),
    `Requests were sent ${milliseconds(report.late?.p99)} after they were due (p99); latencies count from when they were due.`,
  ].join('\n');
}

function readsLine({ outcomes, hitRatio, tableReadsSaved }: Figures): string {
  const { hit, absent, miss, bypass } = outcomes;
  return (
    `Reads ${count(readsIn(outcomes))}: hit ${count(hit)}, absent ${count(absent)}, miss ${count(miss)}, ` +
    `bypass ${count(bypass)}. Hit ratio ${percent(hitRatio)}: ${count(tableReadsSaved)} table reads saved.`
  );
}

function errorLines({ errors }: LoadReport): string[] {
  const kinds = Object.entries(errors).sort(([, a], [, b]) => b - a);
  return kinds.length === 0 ? [] : [`Errors: ${kinds.map(([kind, many]) => `${count(many)} × ${kind}`).join(', ')}.`];
}

function stalenessLines({ checked, stale, end }: LoadReport): string[] {
  const share = percent(checked === 0 ? undefined : (stale?.count ?? 0) / checked);
  const ages =
    stale === undefined
      ? ''
      : `, out of date by ${milliseconds(stale.p50)} (p50), ${milliseconds(stale.p99)} (p99), ${milliseconds(stale.max)} (at most)`;
  return [
    `Stale: ${count(stale?.count ?? 0)} of ${count(checked)} reads of keys that this load writes (${share})${ages}.`,
    ...(end === undefined ? [] : [endLine(end)]),
  ];
}

function endLine({ written, behind }: NonNullable<LoadReport['end']>): string {
  if (written === 0) return 'No key was written again, so none could stay behind.';
  if (behind === 0) return `In the end all ${count(written)} keys that were written show their last version.`;
  return `In the end ${count(behind)} of ${count(written)} keys that were written do not show their last version.`;
}

function routeTable({ routes, ...all }: Figures): string[] {
  const rows = [HEAD, ...[...routes, { ...all, route: 'all' }].map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}

const HEAD = ['route', 'requests', 'hit ratio', 'p50', 'p90', 'p99', 'max', 'errors'];

function cells({ route, requests, hitRatio, latency, errors }: RouteFigures): string[] {
  return [
    route,
    count(requests),
    hitRatio === undefined ? '' : percent(hitRatio),
    ...[latency?.p50, latency?.p90, latency?.p99, latency?.max].map(milliseconds),
    count(errors),
  ];
}
