import Table from 'cli-table3';
import pc from 'picocolors';
import { COMPARED_KEYS, type Comparison } from './compare.ts';
import type { Exploration } from './exhaustive/explore.ts';
import type { Trial } from './mutants/trial.ts';
import { describeNines, ninesOf } from './nines.ts';
import type { RunOptions, RunTotals } from './run.ts';
import type { Shrunk } from './shrink.ts';

const count = (number: number): string => Math.round(number).toLocaleString('en-US');

const hours = (ms: number): string => `${count(ms / 3_600_000)} h`;

const table = (head: string[]): Table.Table => new Table({ head, style: { head: [], border: [] } });

/** Store operations per second of one core's time. */
export function speedOf({ operations, took }: RunTotals): number {
  return took === 0 ? 0 : (operations / took) * 1_000;
}

/** One line, overwritten while the run goes on. */
export function progressLine(totals: RunTotals, options: RunOptions): string {
  const share = Math.min(100, (100 * totals.operations) / options.operations);
  return `${share.toFixed(0).padStart(3)} %  ${count(totals.operations)} operations, ${count(speedOf(totals))}/s per core`;
}

export function runReport(options: RunOptions, totals: RunTotals): string {
  const lines = table([]);
  lines.push(
    ['faults', describeFaults(options)],
    ['seed, workers', `${options.seed}, ${options.workers}`],
    ['worlds', count(totals.worlds)],
    ['store operations', count(totals.operations)],
    ['of them, of the table', count(totals.tableOperations)],
    ['writes to the cache', count(totals.storeWrites)],
    ['writes to the table', count(totals.tableWrites)],
    ['invocations of sync', count(totals.invocations)],
    ['requests of readers and writers', count(totals.requests)],
    ['steps of the scheduler', count(totals.steps)],
    ['virtual time', hours(totals.duration)],
    ['operations per second and core', count(speedOf(totals))],
    ...verdict(options, totals),
  );
  return lines.toString();
}

function describeFaults({ faults, losses }: RunOptions): string {
  const names = [...faults, ...losses];
  return names.length === 0
    ? 'none'
    : names
        .join(', ')
        .replace(/(.{1,60})(?:, |$)/g, '$1,\n')
        .replace(/,\n$/, '');
}

/** With losses, promises are not kept but broken for a while: how often, and for how long. */
function verdict({ losses }: RunOptions, totals: RunTotals): string[][] {
  if (losses.length === 0) {
    if (totals.violations > 0) return [['violations', pc.red(count(totals.violations))]];
    return [
      ['violations', pc.green('0')],
      ['supports (rule of three, 95 %)', describeNines(totals.operations)],
    ];
  }
  const perMillion = (totals.stale.entries / totals.operations) * 1_000_000;
  return [
    ['losses', losses.map((loss) => `${loss} ${count(totals.losses[loss])}`).join(', ')],
    ['entries that became stale', `${count(totals.stale.entries)} (${perMillion.toFixed(1)} in a million operations)`],
    ['stale for at most', `${(totals.stale.longest / 60_000).toFixed(1)} min; the longest TTL is 60 min`],
    ['left stale at rest, found by audit', `${totals.leftStale.entries}, ${totals.leftStale.audited}`],
  ];
}

export function violationReport({ options, result, lines }: Shrunk): string {
  const { violation } = result;
  const faults = options.faults.length === 0 ? 'none' : options.faults.join(',');
  return [
    pc.red(`${violation?.promised} is broken: ${violation?.key} ${violation?.what}`),
    `after ${count(violation?.step ?? 0)} steps. Shortest way found:`,
    ...lines.slice(-80),
    '',
    `npm run simulate -- --world ${options.seed} --faults ${faults} --ops ${options.operations}` +
      (options.items === undefined ? '' : ` --items ${options.items}`),
  ].join('\n');
}

export function explorationReport(explorations: readonly Exploration[]): string {
  const rows = table(['scope', 'states', 'steps', 'schedules', 'longest', 'violation']);
  for (const { scope, states, transitions, schedules, depth, violation, isComplete } of explorations) {
    const none = isComplete ? pc.green('none') : pc.yellow('none so far: ended early');
    const found = violation === undefined ? none : pc.red(`${violation.promised}: ${violation.what}`);
    rows.push([scope.name, count(states), count(transitions), count(schedules), depth, found]);
  }
  const sum = (of: (one: Exploration) => number): number => explorations.reduce((total, one) => total + of(one), 0);
  rows.push(['all', ...[sum((o) => o.states), sum((o) => o.transitions), sum((o) => o.schedules)].map(count), '', '']);
  const schedules = explorations.flatMap(({ violation }) =>
    violation === undefined
      ? []
      : [`${violation.key} ${violation.what}`, ...violation.schedule.map((step) => `  ${step}`)],
  );
  return [rows.toString(), ...REDUCTION, ...schedules].join('\n');
}

const REDUCTION = [
  'Each schedule is executed from the beginning over the real code. Two reductions, neither of which can hide a violation:',
  '- A state that was seen before is not continued. It holds all that the future depends on: the entry, the history of',
  '  the item, the events and their times, the clock, and what each process was last told. So orders of independent',
  '  steps meet in one state. States are remembered by 53 bits of a hash.',
  '- A step that nothing else can hinder, change or see is tried alone, not against all others (a persistent set of',
  '  one): a read of a table that nobody writes any more, a conditional write that can only be refused.',
];

export function mutantReport(
  mutants: readonly Trial[],
  harmless: readonly (Trial & { readonly because: string })[],
): string {
  const rows = table(['mutant', 'caught by', 'steps', 'store operations', 'seed']);
  for (const { name, broke, steps, operations, seed } of mutants) {
    rows.push([
      name,
      broke === undefined ? pc.red('survived') : pc.green(broke),
      count(steps),
      count(operations),
      seed ?? '',
    ]);
  }
  const spared = harmless.map(
    ({ name, broke, operations, because }) =>
      `${broke === undefined ? pc.green('harmless') : pc.red(`breaks ${broke}`)}: ${name} (${count(operations)} operations): ${because}`,
  );
  return [rows.toString(), ...spared].join('\n');
}

export function comparisonReport(comparisons: readonly Comparison[]): string {
  const rows = table(['faults', 'design', 'changes', 'became stale', 'longest', 'wrong when all is handled']);
  for (const { weather, design, changes, becameStale, longest, leftStale } of comparisons) {
    rows.push([
      weather,
      design,
      count(changes),
      count(becameStale),
      `${(longest / 60_000).toFixed(1)} min`,
      count(leftStale),
    ]);
  }
  return [`${COMPARED_KEYS} keys to a world`, rows.toString()].join('\n');
}

/** The same for machines. */
export function runJson(options: RunOptions, totals: RunTotals): object {
  const { broken, ...sums } = totals;
  return {
    options,
    ...sums,
    operationsPerSecondAndCore: Math.round(speedOf(totals)),
    nines: totals.violations === 0 ? ninesOf(totals.operations) : 0,
    broken,
  };
}
