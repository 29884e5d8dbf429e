import Table from 'cli-table3';
import type picocolors from 'picocolors';
import { COLUMNS, type ColumnId } from './columns.ts';
import type { Comparison, Report } from './compare.ts';
import { DEFINITIONS, describeScenario } from './describe.ts';
import { percent } from './format.ts';
import { judge, type Verdict, verdictsOf } from './verdict.ts';

type Colors = ReturnType<typeof picocolors.createColors>;

/** The comparison for a terminal: one table for each share of writes, and what this library trades. */
export function renderTables(report: Report, colors: Colors): string {
  const tables = report.comparisons.map((comparison) => renderTable(comparison, colors));
  return [
    ...describeScenario(report.scenario),
    '',
    ...tables,
    ...DEFINITIONS,
    '',
    ...renderVerdicts(report, colors),
    '',
  ].join('\n');
}

function renderTable({ writeShare, designs }: Comparison, colors: Colors): string {
  const table = new Table({
    head: [`${percent(writeShare)} writes`, ...designs.map(({ design }) => design.name)],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', ...designs.map(() => 'right' as const)],
  });
  for (const column of COLUMNS) {
    const cells = designs.map((figures) => {
      const text = column.format(column.value(figures));
      return figures.design.isOurs ? marked(text, judge(figures, designs, column), colors) : text;
    });
    table.push([column.name, ...cells]);
  }
  return `${table.toString()}\n`;
}

function marked(text: string, { kind }: Verdict, colors: Colors): string {
  switch (kind) {
    case 'best':
      return colors.green(text);
    case 'trade':
      return `${colors.dim('*')} ${text}`;
    case 'behind':
      return colors.red(`! ${text}`);
  }
}

function renderVerdicts({ comparisons }: Report, colors: Colors): string[] {
  const all = comparisons.map(({ designs }) => verdictsOf(designs));
  const trades = new Set(all.flatMap((verdicts) => verdicts.trades));
  const behind = all.flatMap((verdicts) => verdicts.behind);
  return [
    'Ours wins or ties every column but those marked *, which it trades:',
    ...[...trades].map(({ columns, because }) => `  * ${namesOf(columns)}: ${because}`),
    ...behind.map(({ design, column, rivals }) =>
      colors.red(`  ! ${design} is behind ${rivals.join(', ')} in "${column}", and no trade explains it.`),
    ),
  ];
}

const namesOf = (ids: readonly ColumnId[]): string =>
  COLUMNS.filter(({ id }) => ids.includes(id))
    .map(({ name }) => name.trim())
    .join(', ');
