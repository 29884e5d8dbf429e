import picocolors from 'picocolors';
import type { Entry, Foreign } from '../../shared/entry/entry.ts';
import type { Floor } from '../../shared/entry/position.ts';
import { grid } from '../terminal/grid.ts';
import type { Output } from '../terminal/output.ts';
import { plural, printable, shorten } from '../terminal/text.ts';
import { timeText } from '../terminal/time.ts';
import type { EntryView } from './entry.ts';

/** An entry beside the table's item, for people; the verdict is the last line. */
export function entryText(subject: string, view: EntryView, output: Output): string {
  const colors = picocolors.createColors(output.colors);
  return [
    colors.bold(printable(subject)),
    ...grid(facts(view)).map((line) => `  ${line}`),
    ...comparedAttributes(view, output.columns),
    verdict(view, colors),
    '',
  ].join('\n');
}

/** The same as one JSON document. */
export function entryJson(subject: string, view: EntryView): string {
  const { key, size, entry, ttlLeft, at, cached, inTable, comparison } = view;
  const document = {
    subject,
    key,
    entry:
      entry === undefined
        ? null
        : {
            kind: entry.kind,
            ...(entry.kind !== 'foreign' && {
              at: entry.at,
              ageMs: at - entry.at,
              floor: entry.floor,
              nonce: entry.nonce,
            }),
            ...('origin' in entry && { by: entry.origin.by }),
            ttlLeftMs: ttlLeft ?? null,
            bytes: size,
          },
    cached: cached === undefined ? null : Object.fromEntries(cached),
    table: inTable === undefined ? null : Object.fromEntries(inTable),
    agreement: comparison.kind === 'silent' ? comparison.because : comparison.kind,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function facts({ key, size, entry, ttlLeft, at }: EntryView): string[][] {
  const rows = [
    ['key', key],
    ['entry', kindOf(entry)],
  ];
  if (entry === undefined) return rows;
  if (entry.kind !== 'foreign') {
    rows.push(
      ['age', `${timeText(Math.max(0, at - entry.at))}, of ${new Date(entry.at).toISOString()}`],
      ['floor', floorText(entry.floor)],
      ['nonce', entry.nonce],
    );
  }
  if (ttlLeft !== undefined) rows.push(['TTL left', timeText(ttlLeft)]);
  return [...rows, ['size', plural(size ?? 0, 'byte')]];
}

function kindOf(entry: Entry | Foreign | undefined): string {
  if (entry === undefined) return 'none';
  switch (entry.kind) {
    case 'foreign':
      return `not an entry: ${entry.reason}`;
    case 'tombstone':
      return 'tombstone';
    default:
      return `${entry.kind}, ${entry.origin.by === 'stream' ? 'written by the stream' : 'filled by a reader'}`;
  }
}

function floorText(floor: Floor): string {
  return floor === 'unknown' ? 'unknown' : `${floor.sequence} of the stream ${floor.label}`;
}

/** Both sides, attribute by attribute; what differs is marked. */
function comparedAttributes({ cached, inTable }: EntryView, width: number): string[] {
  if (cached === undefined && inTable === undefined) return [];
  const names = [...new Set([...(cached?.keys() ?? []), ...(inTable?.keys() ?? [])])].sort();
  const room = Math.max(LEAST_ROOM, Math.floor((width - 2 - Math.max(...names.map((name) => name.length))) / 2) - 4);
  const cell = (text: string | undefined): string => shorten(printable(text ?? ''), room);
  const rows = names.map((name) => {
    const [left, right] = [cached?.get(name), inTable?.get(name)];
    const mark = cached !== undefined && left !== right ? '≠' : ' ';
    return [mark, printable(name), cell(left), cell(right)];
  });
  return [
    '',
    ...grid([[' ', '', cached === undefined ? '' : 'cache', inTable === undefined ? '' : 'table'], ...rows]),
    '',
  ];
}

const LEAST_ROOM = 12;

function verdict(
  { comparison, entry, inTable }: EntryView,
  colors: ReturnType<typeof picocolors.createColors>,
): string {
  switch (comparison.kind) {
    case 'agrees':
      return colors.green(
        entry?.kind === 'absent' ? '✓ Both say that there is no such item.' : '✓ The entry says what the table says.',
      );
    case 'silent': {
      const table = inTable === undefined ? ', which has no such item' : '';
      return colors.green(`✓ Readers ask the table${table}: ${SILENCES[comparison.because]}.`);
    }
    case 'differs':
      return colors.red(
        '✗ The entry says something else than the table. After a change its event may be on its way: look again.',
      );
  }
}

const SILENCES = {
  missing: 'nothing is cached',
  tombstone: 'the entry is a tombstone',
  foreign: 'what is there is not an entry',
} as const;
