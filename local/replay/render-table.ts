import picocolors from 'picocolors';
import { plural } from '../../cli/terminal/text.ts';
import { fileSection } from './render-file.ts';
import { summarySection } from './render-summary.ts';
import type { FileReport, ReplayReport } from './report.ts';
import type { Terminal } from './terminal.ts';

/** Where the report is written. */
export interface TableOutput {
  write(text: string): void;
  /** Width of the terminal, in columns. */
  readonly columns: number;
  readonly colors: boolean;
}

/** Shows a replay as it goes, for people. */
export interface TableRenderer {
  begin(store: string, files: number): void;
  file(report: FileReport): void;
  end(report: ReplayReport): void;
}

/** Narrower, the columns would hold nothing; wider, the eye would lose the line. */
const NARROWEST = 72;
const WIDEST = 160;

export function createTableRenderer(output: TableOutput): TableRenderer {
  const terminal: Terminal = {
    width: Math.min(Math.max(output.columns, NARROWEST), WIDEST),
    colors: picocolors.createColors(output.colors),
  };
  const print = (lines: readonly string[]): void => output.write(lines.map((line) => `${line}\n`).join(''));
  return {
    begin: (store, files) => print([`Replaying ${plural(files, 'file')} into ${store}`]),
    file: (report) => print(['', ...fileSection(report, terminal)]),
    end: (report) => print(['', ...summarySection(report, terminal)]),
  };
}
