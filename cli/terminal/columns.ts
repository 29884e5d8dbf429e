import Table from 'cli-table3';

/** A cell that may be wider than its column is, and goes over the columns to its right. */
interface SpanningCell {
  readonly content: string;
  readonly colSpan: number;
}

export type Row = readonly (string | SpanningCell)[];

/** Between two columns. */
export const GUTTER = 2;

/**
 * Sets rows in columns without lines around them. Text that is wider than its column is wrapped.
 *
 * @param widths of the columns, without the gutter behind each
 * @returns lines, without trailing space
 */
export function columns(widths: readonly number[], rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const table = new Table({
    chars: NO_LINES,
    // Neither the head nor the border brings its own colours.
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': GUTTER },
    colWidths: widths.map((width) => width + GUTTER),
    wordWrap: true,
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .concat('middle')
    .map((name) => [name, '']),
);
