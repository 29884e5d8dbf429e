import Table from 'cli-table3';
import colors from 'picocolors';

/** What one part of the benchmark came to. */
export interface PartReport {
  readonly part: string;
  /** What was measured, and against what, in a sentence or two. */
  readonly about: string;
  readonly tables: readonly FigureTable[];
  readonly targets: readonly Target[];
}

export interface FigureTable {
  readonly title: string;
  readonly columns: readonly string[];
  /** The first cell of a row names it; numbers are rounded where they are shown. */
  readonly rows: readonly (readonly (string | number)[])[];
}

/** What a figure should be. */
export interface Target {
  readonly what: string;
  readonly bound: { readonly atMost: number } | { readonly atLeast: number };
  /** By the circumstances under which it was measured; one figure without any has the name `''`. */
  readonly measured: Readonly<Record<string, number>>;
}

export function meets({ bound }: Target, figure: number): boolean {
  return 'atMost' in bound ? figure <= bound.atMost : figure >= bound.atLeast;
}

/** A part as text for a terminal. */
export function renderPart({ part, about, tables, targets }: PartReport): string {
  return [`${colors.bold(part)}  ${about}`, ...tables.map(renderTable), ...targets.map(renderTarget)].join('\n');
}

/** A figure with as many digits as mean something. */
export function shown(figure: number): string {
  const digits = Math.abs(figure) >= 100 ? 0 : Math.abs(figure) >= 10 ? 1 : 2;
  return figure.toLocaleString('en', { maximumFractionDigits: digits });
}

function renderTable({ title, columns, rows }: FigureTable): string {
  const table = new Table({
    head: [title, ...columns],
    colAligns: ['left', ...columns.map(() => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(row.map((cell) => (typeof cell === 'number' ? shown(cell) : cell)));
  return table.toString();
}

function renderTarget(target: Target): string {
  const { what, bound, measured } = target;
  const limit = 'atMost' in bound ? `at most ${shown(bound.atMost)}` : `at least ${shown(bound.atLeast)}`;
  const mark = (figure: number): string => (meets(target, figure) ? colors.green('✓') : colors.red('✗'));
  const figures = Object.entries(measured);
  // Of many figures those are shown that miss the target, and how many meet it.
  const many = figures.length > MANY;
  const listed = many ? figures.filter(([, figure]) => !meets(target, figure)) : figures;
  const texts = listed.map(([where, figure]) => `${mark(figure)} ${shown(figure)}${where === '' ? '' : ` (${where})`}`);
  if (many) texts.push(`${colors.green('✓')} ${figures.length - listed.length} of ${figures.length}`);
  return `  ${what}, ${limit}: ${texts.join('  ')}`;
}

/** More than fit in a line. */
const MANY = 8;
