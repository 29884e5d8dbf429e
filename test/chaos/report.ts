import pc from 'picocolors';
import { type Comparison, disagreements } from './comparison.ts';
import type { Repair } from './repair.ts';
import type { ChaosReport } from './run.ts';

/** What must hold after a run; each with whether it does. */
export function verdicts(report: ChaosReport): readonly (readonly [claim: string, holds: boolean])[] {
  const { tally, afterFaults, afterRestarts, afterLosses } = report;
  const repairs = [afterRestarts, afterLosses];
  const isExact = ({ found, audited }: Repair): boolean =>
    audited.stale === found.wrongEntries.length && audited.undecided === 0;
  return [
    ['after kills, faults and double deliveries, every key agrees with the table', disagreements(afterFaults) === 0],
    ['until then, no answer was stale once the event of its change had been applied', report.beyondEvent === 0],
    ['after restarts of an empty cache, audit finds every entry that disagrees, and no other', repairs.every(isExact)],
    ['no page disagrees after restarts either', repairs.every(({ found }) => found.wrongPages.length === 0)],
    ['after the audit, every key agrees with the table', repairs.every(({ left }) => disagreements(left) === 0)],
    ['no reader and no writer saw an error', tally.errors.size === 0],
    ['no read took longer than its deadline', tally.overdue === 0],
    ['no key was written both conditionally and plainly', report.mixedKeys.length === 0],
  ];
}

/** The report as JSON: figures and verdicts. */
export function toJson(report: ChaosReport): string {
  const { tally, ...rest } = report;
  const figures = {
    ...rest,
    tally: { ...tally, reads: tally.reads, errors: Object.fromEntries(tally.errors) },
    afterFaults: countsOf(report.afterFaults),
    afterRestarts: repairCounts(report.afterRestarts),
    afterLosses: repairCounts(report.afterLosses),
    verdicts: Object.fromEntries(verdicts(report)),
  };
  return JSON.stringify(figures, undefined, 2);
}

/** The report for people. */
export function toText(report: ChaosReport): string {
  const { tally, faults } = report;
  const ms = (value: number): string => `${Math.round(value)} ms`;
  return [
    `seed ${report.seed}, ${report.seconds} s of traffic`,
    '',
    `writes            ${tally.writes}, of them ${tally.httpWrites} over HTTP`,
    `reads             ${tally.reads}, of them ${tally.httpReads} over HTTP`,
    `  of items        ${listed(tally.items)}`,
    `  of pages        ${listed(tally.pages)}`,
    `  stale           ${tally.stale} when they were asked for, the longest for ${ms(tally.longestStale)}`,
    `  slowest         ${ms(tally.slowestRead)} with the table, ${ms(tally.longestHeldUp)} without; ${tally.overdue} too late`,
    `stream            a change was on its way for ${ms(tally.longestLag)} at most`,
    `cache calls       ${report.cacheCalls}`,
    `  faults          ${listed(faults)}`,
    `synchronizer      ${report.batches} batches, ${report.kills} of them killed, ${report.deliveredTwice} delivered twice`,
    `cache restarts    ${report.restarts}, each with nothing left`,
    '',
    `after faults      ${described(report.afterFaults)}`,
    `after restarts    ${described(report.afterRestarts.found)}`,
    `  after an audit  ${audited(report.afterRestarts)}`,
    `tombstones lost   ${described(report.afterLosses.found)}`,
    `  after an audit  ${audited(report.afterLosses)}`,
    '',
    ...verdicts(report).map(([claim, holds]) => `${holds ? pc.green('holds ') : pc.red('BROKEN')}  ${claim}`),
    ...[...tally.errors].map(([error, count]) => `        ${count} x ${error}`),
  ].join('\n');
}

function described(comparison: Comparison): string {
  const { entries, pages } = comparison;
  return `${disagreements(comparison)} disagreements  (${listed(entries)}; pages: ${listed(pages)})`;
}

const audited = ({ audited: figures, left }: Repair): string =>
  `${disagreements(left)} disagreements  (${listed({ ...figures })})`;

const repairCounts = ({ found, audited: figures, left }: Repair) => ({
  found: countsOf(found),
  audited: figures,
  left: countsOf(left),
});

const countsOf = ({ entries, pages, wrongEntries, wrongPages }: Comparison) => ({
  entries,
  pages,
  wrongEntries: wrongEntries.length,
  wrongPages: wrongPages.length,
});

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
