import { COLUMNS, type Column, type ColumnId } from './columns.ts';
import type { Figures } from './figures.ts';

/** Something that this library gives for something else, and says so. */
export interface Trade {
  readonly columns: readonly ColumnId[];
  /** Ours that may be behind. */
  readonly of: readonly string[];
  /** What they may be behind. */
  readonly behind: readonly string[];
  readonly because: string;
}

/** How one of ours stands in one column. */
export type Verdict =
  | { readonly kind: 'best' }
  | { readonly kind: 'trade'; readonly trade: Trade }
  /** Behind a design, and nothing was said about that: it has to be looked into. */
  | { readonly kind: 'behind'; readonly rivals: readonly string[] };

const REFRESH = 'ours-refresh';
const INVALIDATE = 'ours-invalidate';
const CACHED = ['read-aside', 'write-aside', 'blind-stream'];
const ALL = ['no-cache', ...CACHED];

/** All of them. What is not here, this library must win or tie. */
export const TRADES: readonly Trade[] = [
  {
    columns: ['readP50', 'readP99', 'readP999', 'hitRatio', 'tableReads'],
    of: [INVALIDATE],
    behind: ALL,
    because:
      'invalidate leaves it to the next reader to ask the table for what has changed, consistently: it is for what is ' +
      'written about as often as it is read.',
  },
  {
    columns: ['tableReads'],
    of: [REFRESH],
    behind: CACHED,
    because:
      'refresh loads each list again when it changes, before anybody asks: that is where its hit ratio and its p99 come from.',
  },
  {
    columns: ['cacheCalls'],
    of: [REFRESH, INVALIDATE],
    behind: ALL,
    because: 'the stream function looks at an entry before it replaces it, and does so only if it is still that entry.',
  },
  {
    columns: ['staleAnswers', 'staleShare', 'staleMedian'],
    of: [REFRESH, INVALIDATE],
    behind: ['no-cache', 'write-aside', 'blind-stream'],
    because:
      "a hit may be as old as the stream's lag, which is the price of writers that know nothing of a cache. Only a hit " +
      'can be stale, so that more hits are also more of these.',
  },
  {
    columns: ['staleLongest'],
    of: [REFRESH, INVALIDATE],
    behind: ['no-cache', 'write-aside', 'blind-stream'],
    because:
      "the longest is the stream's worst lag and two cache calls, to look and to write, in a bad moment. Blind designs " +
      'make one call and may be luckier in a run; they have no bound.',
  },
  {
    columns: ['cost'],
    of: [REFRESH, INVALIDATE],
    behind: ALL,
    because:
      'a replaced entry travels twice, to be compared and to be written, and a list comes with its generations; refresh ' +
      'loads each changed list again. At these prices transfer costs more than the table reads that it saves, in every ' +
      'design: what it buys is time.',
  },
];

/** What is no more than this much worse is a tie: clocks in milliseconds and a few requests in a hundred thousand. */
const TIE = 0.01;

/**
 * Holds one of ours against every other design in one column.
 *
 * @param figures of all designs under one share of writes
 */
export function judge(ours: Figures, figures: readonly Figures[], column: Column): Verdict {
  const rivals = figures
    .filter(({ design }) => !design.isOurs)
    .filter((rival) => isBehind(column.value(ours), column.value(rival), column))
    .map(({ design }) => design.id);
  if (rivals.length === 0) return { kind: 'best' };
  const trade = TRADES.find(
    ({ columns, of, behind }) =>
      columns.includes(column.id) && of.includes(ours.design.id) && rivals.every((rival) => behind.includes(rival)),
  );
  return trade === undefined ? { kind: 'behind', rivals } : { kind: 'trade', trade };
}

/** The trades that were made use of, and what is behind without one. */
export function verdictsOf(figures: readonly Figures[]): {
  readonly trades: readonly Trade[];
  readonly behind: readonly { readonly design: string; readonly column: string; readonly rivals: readonly string[] }[];
} {
  const trades = new Set<Trade>();
  const behind = [];
  for (const ours of figures.filter(({ design }) => design.isOurs)) {
    for (const column of COLUMNS) {
      const verdict = judge(ours, figures, column);
      if (verdict.kind === 'trade') trades.add(verdict.trade);
      if (verdict.kind === 'behind') {
        behind.push({ design: ours.design.name, column: column.name.trim(), rivals: verdict.rivals });
      }
    }
  }
  return { trades: TRADES.filter((trade) => trades.has(trade)), behind };
}

function isBehind(ours: number, rival: number, { better }: Column): boolean {
  const [small, large] = better === 'lower' ? [rival, ours] : [ours, rival];
  return large > small * (1 + TIE);
}
