import stringWidth from 'string-width';
import { columns, GUTTER, type Row } from '../../cli/terminal/columns.ts';
import { plural, shorten } from '../../cli/terminal/text.ts';
import { foldRuns, type Run } from './fold.ts';
import type { EntryLine, FileReport, RecordLine } from './report.ts';
import { colored, INDENT, indented, type Terminal } from './terminal.ts';

/** What one file came to: its story, its records, and the entries that they touched. */
export function fileSection(report: FileReport, terminal: Terminal): string[] {
  const { records, entries } = report;
  const several = report.batches > 1;
  return [
    heading(report, terminal),
    ...(records.length === 0 ? [] : indented(recordTable(records, several, terminal))),
    ...(entries.length === 0 ? [] : ['', ...indented(entryTable(entries, several, terminal))]),
  ];
}

/** From this width on, the reason for a decision stands beside its record, and floors are shown in full. */
const WIDE = 112;

const EVENT_WIDTH = 6;
const NAME_WIDTH = 12;
const DECISION_WIDTH = 11;
const STORED_WIDTH = 9;
const OUTCOME_WIDTH = 6;
const IMPLIED_WIDTH = 10;
const BATCH_WIDTH = 5;
const FULL_FLOOR_WIDTH = 46;
const SHORT_FLOOR_WIDTH = 9;
const NARROWEST_KEY = 8;

function heading({ story, records, batches, handledAt }: FileReport, { width, colors }: Terminal): string {
  const at = new Date(handledAt).toISOString().slice(0, 19).replace('T', ' ');
  const inBatches = batches > 1 ? ` in ${plural(batches, 'batch', 'batches')}` : '';
  const facts = `${plural(records.length, 'record')}${inBatches}, handled ${at}`;
  const title = shorten(story, width - stringWidth(facts) - GUTTER);
  const gap = ' '.repeat(width - stringWidth(title) - stringWidth(facts));
  return `${colors.bold(title)}${gap}${colors.dim(facts)}`;
}

function recordTable(records: readonly RecordLine[], several: boolean, terminal: Terminal): string[] {
  const { colors, width } = terminal;
  const isWide = width >= WIDE;
  const runs = foldRuns(records);
  const place = Math.max(1, ...runs.map((run) => placeOf(run, several).length));
  const left = width - INDENT.length - place - EVENT_WIDTH - NAME_WIDTH - DECISION_WIDTH - 4 * GUTTER;
  const keyWidth = isWide ? Math.round(0.42 * (left - GUTTER)) : left;
  const widths = [place, EVENT_WIDTH, NAME_WIDTH, keyWidth, DECISION_WIDTH];
  const head = ['#', 'event', 'entity', 'key', 'decision'];

  const rows = runs.map((run): { row: string[]; why: string } => {
    const { event, entity, key, decision } = run.first;
    const row = [
      placeOf(run, several),
      shorten(event ?? '-', EVENT_WIDTH),
      shorten(entity ?? '-', NAME_WIDTH),
      shorten(key ?? '-', keyWidth),
      colored(decision, terminal),
    ];
    return { row, why: reasonOf(run) };
  });
  if (isWide) {
    const table = [[...head, 'why'].map(colors.dim), ...rows.map(({ row, why }) => [...row, why])];
    return columns([...widths, left - GUTTER - keyWidth], table);
  }
  const below = (why: string): Row => ['', '', '', { content: colors.dim(why), colSpan: 2 }];
  return columns(widths, [head.map(colors.dim), ...rows.flatMap(({ row, why }) => [row, below(why)])]);
}

function entryTable(entries: readonly EntryLine[], several: boolean, { colors, width }: Terminal): string[] {
  const isWide = width >= WIDE;
  const behind = [
    STORED_WIDTH,
    isWide ? FULL_FLOOR_WIDTH : SHORT_FLOOR_WIDTH,
    OUTCOME_WIDTH,
    IMPLIED_WIDTH,
    ...(several ? [BATCH_WIDTH] : []),
  ];
  const taken = INDENT.length + 1 + NAME_WIDTH + behind.reduce((sum, each) => sum + each + GUTTER, 2 * GUTTER);
  const keyWidth = Math.max(NARROWEST_KEY, width - taken);
  const head = [' ', 'entry', 'key', 'stored', 'floor', 'read', 'events say', ...(several ? ['batch'] : [])];

  const rows = entries.map(({ agrees, name, key, stored, floor = '', outcome, implied, batch }) => [
    agrees ? colors.green('✓') : colors.red('✗'),
    shorten(name, NAME_WIDTH),
    shorten(key, keyWidth),
    stored === 'nothing' || stored === 'outdated' ? colors.dim(stored) : stored,
    isWide ? shorten(floor, FULL_FLOOR_WIDTH) : shortFloor(floor),
    outcome,
    implied,
    ...(several ? [String(batch)] : []),
  ]);
  return columns([1, NAME_WIDTH, keyWidth, ...behind], [head.map(colors.dim), ...rows]);
}

/** `7`, `2.7` where there are several batches, `1-49` for a run of records. */
function placeOf({ first, last }: Run, several: boolean): string {
  const prefix = several ? `${first.batch}.` : '';
  if (first === last) return `${prefix}${first.number}`;
  if (first.batch === last.batch) return `${prefix}${first.number}-${last.number}`;
  return `${prefix}${first.number}-${last.batch}.${last.number}`;
}

function reasonOf({ first, count }: Run): string {
  const reason = count === 1 ? first.reason : `${plural(count, 'record')} ${first.decision}: ${first.reason}`;
  return first.renewed === 0 ? reason : `${reason}; renews ${plural(first.renewed, 'generation')}`;
}

/** The end of a sequence number tells the events of one stream apart. */
function shortFloor(floor: string): string {
  return floor.length <= SHORT_FLOOR_WIDTH ? floor : `…${floor.slice(1 - SHORT_FLOOR_WIDTH)}`;
}
