import type picocolors from 'picocolors';
import stringWidth from 'string-width';
import { columns } from '../../cli/terminal/columns.ts';
import type { RecordDecision } from '../../shared/sync/report.ts';

/** What is known of the terminal that is written to. */
export interface Terminal {
  /** In columns. */
  readonly width: number;
  /** Functions that do nothing where colours are not wanted. */
  readonly colors: ReturnType<typeof picocolors.createColors>;
}

/** In front of everything that stands under a heading. */
export const INDENT = '  ';

export const indented = (lines: readonly string[]): string[] =>
  lines.map((line) => (line === '' ? line : `${INDENT}${line}`));

/** Sets one text, broken between words. */
export const wrapped = (text: string, { width }: Terminal): string[] =>
  indented(columns([width - INDENT.length], [[text]]));

/** Sets a list, with commas, broken only between its parts. */
export function enumeration(parts: readonly string[], { width }: Terminal): string[] {
  const lines: string[] = [];
  parts.forEach((part, i) => {
    const text = i < parts.length - 1 ? `${part},` : part;
    const joined = `${lines.at(-1)} ${text}`;
    if (lines.length > 0 && stringWidth(joined) <= width - INDENT.length) lines[lines.length - 1] = joined;
    else lines.push(text);
  });
  return indented(lines);
}

/** A decision in its colour: what was written, what was left alone, and what somebody has to look at. */
export const colored = (decision: RecordDecision, { colors }: Terminal): string =>
  colors[DECISION_COLORS[decision]](decision);

const DECISION_COLORS = {
  refreshed: 'green',
  prefilled: 'green',
  absent: 'cyan',
  tombstoned: 'yellow',
  skipped: 'dim',
  unchanged: 'dim',
  coalesced: 'dim',
  'no-entity': 'dim',
  quarantined: 'magenta',
  failed: 'red',
} as const satisfies Record<RecordDecision, string>;
