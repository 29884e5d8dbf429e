import { plural, shorten } from '../../cli/terminal/text.ts';
import type { RecordDecision } from '../../shared/sync/report.ts';
import type { MetricSummary } from './embedded-metrics.ts';
import { type EntryLine, isGood, type QuarantineLine, type ReplayReport } from './report.ts';
import { colored, enumeration, INDENT, indented, type Terminal, wrapped } from './terminal.ts';

/** What the whole replay came to; the verdict is the last line. */
export function summarySection(report: ReplayReport, terminal: Terminal): string[] {
  const { totals, metrics, quarantined, disagreements, mixedKeys } = report;
  const several = totals.batches > totals.files;
  const sections: [string, string[]][] = [
    ['Decisions', decisionList(report, terminal)],
    ['Metrics emitted by the function', metricList(metrics, terminal)],
    ['Quarantined', quarantined.flatMap((line) => quarantineText(line, several, terminal))],
    ['Disagreements', disagreements.flatMap((entry) => disagreementText(entry, several, terminal))],
    ['Written both conditionally and plainly', mixedKeys.flatMap((key) => wrapped(key, terminal))],
  ];
  return [
    ...sections.flatMap(([title, lines]) => (lines.length === 0 ? [] : [terminal.colors.bold(title), ...lines, ''])),
    verdict(report, terminal),
  ];
}

/** In the order in which they are told: what was written, what was left alone, what somebody has to look at. */
const DECISIONS: readonly RecordDecision[] = [
  'refreshed',
  'prefilled',
  'absent',
  'tombstoned',
  'skipped',
  'unchanged',
  'coalesced',
  'no-entity',
  'quarantined',
  'failed',
];

function decisionList({ totals }: ReplayReport, terminal: Terminal): string[] {
  const counted = DECISIONS.flatMap((decision) => {
    const count = totals.decisions[decision];
    return count === undefined ? [] : [`${colored(decision, terminal)} ${count}`];
  });
  return enumeration(counted, terminal);
}

const UNITS: Readonly<Record<string, string>> = { Milliseconds: 'ms', Seconds: 's', Percent: '%' };

/** Counts are added up; of everything else, the distribution tells more. */
function metricList(metrics: readonly MetricSummary[], terminal: Terminal): string[] {
  const counts = metrics.filter(({ unit }) => unit === 'Count');
  const others = metrics.filter(({ unit }) => unit !== 'Count');
  return [
    ...enumeration(
      counts.map(({ name, sum }) => `${name} ${sum.toLocaleString('en-US')}`),
      terminal,
    ),
    ...indented(
      others.map(({ name, unit, samples, p50, p99 }) => {
        const value = (number: number): string => `${number.toLocaleString('en-US')} ${UNITS[unit] ?? unit}`;
        return `${name} p50 ${value(p50)}, p99 ${value(p99)} (${plural(samples, 'sample')})`;
      }),
    ),
  ];
}

function quarantineText(line: QuarantineLine, several: boolean, terminal: Terminal): string[] {
  const { file, batch, number, reason } = line;
  return wrapped(`${file}, record ${several ? `${batch}.` : ''}${number}: ${reason}`, terminal);
}

function disagreementText(entry: EntryLine, several: boolean, terminal: Terminal): string[] {
  const { file, batch, name, key, difference } = entry;
  const place = several ? `${file}, batch ${batch}` : file;
  const values = [
    `answered  ${difference?.answered ?? '(nothing)'}`,
    `implied   ${difference?.implied ?? '(nothing)'}`,
  ].map((line) => terminal.colors.dim(`${INDENT}${shorten(line, terminal.width - 2 * INDENT.length)}`));
  return [
    ...wrapped(`${place}: ${name} ${shorten(key, 60)}: ${difference?.problem ?? ''}`, terminal),
    ...indented(values),
  ];
}

function verdict(report: ReplayReport, { colors }: Terminal): string {
  const { totals, mixedKeys } = report;
  const { files, records, entries, agreeing, decisions } = totals;
  const scope = `${plural(files, 'file')}, ${plural(records, 'record')}`;
  if (records === 0) return colors.bold(`${scope}: there was nothing to replay.`);
  const read = plural(entries, 'entry read back', 'entries read back');
  if (isGood(report)) {
    const agreement = entries === 1 ? 'the one entry read back agrees' : `all ${read} agree`;
    return colors.bold(
      colors.green(`✓ ${scope}: ${entries === 0 ? 'no entry was touched' : `${agreement} with the events`}.`),
    );
  }
  const failed = decisions.failed ?? 0;
  const problems = [
    ...(agreeing < entries ? [`${entries - agreeing} of ${read} not in agreement with the events`] : []),
    ...(failed > 0 ? [`${plural(failed, 'record was', 'records were')} not applied`] : []),
    ...(mixedKeys.length > 0 ? [`${plural(mixedKeys.length, 'key')} written both conditionally and plainly`] : []),
  ];
  return colors.bold(colors.red(`✗ ${scope}: ${problems.join('; ')}.`));
}
