import type { Second } from '../../figures/series.ts';
import type { ChangeLine, EntryList, News, RequestLine } from '../protocol.ts';

/** How it goes with the connection to the server. */
export type Connection = 'live' | 'lost';

/** What goes by; the newest first. */
interface Lines {
  readonly requests: readonly RequestLine[];
  readonly changes: readonly ChangeLine[];
}

/** Everything that the page shows. */
export interface PageState {
  connection: Connection;
  news: News | undefined;
  lines: Lines;
  seconds: readonly Second[];
  entries: EntryList | undefined;
  /** Why they are not the current ones. */
  entriesProblem: string | undefined;
  search: string;
  /** While they are set, the lists show these, and what comes in meanwhile waits. */
  frozen: Lines | undefined;
  /** What the last control or sample came to. */
  said: string;
}

export function newState(): PageState {
  return {
    connection: 'lost',
    news: undefined,
    lines: NO_LINES,
    seconds: [],
    entries: undefined,
    entriesProblem: undefined,
    search: '',
    frozen: undefined,
    said: '',
  };
}

/** Takes in what the server tells; the first news of a connection repeat what an earlier one told. */
export function takeIn(state: PageState, news: News, isFirst: boolean): void {
  state.news = news;
  state.seconds = [...(isFirst ? [] : state.seconds), ...news.seconds].slice(-SECONDS_SHOWN);
  const { requests, changes } = isFirst ? NO_LINES : state.lines;
  state.lines = { requests: newestFirst(requests, news.requests), changes: newestFirst(changes, news.changes) };
}

/** Freezes the lists, or lets them go on with what has come in. */
export function freeze(state: PageState): void {
  state.frozen = state.frozen === undefined ? state.lines : undefined;
}

/** What the lists show. */
export const linesShown = ({ frozen, lines }: PageState): Lines => frozen ?? lines;

const NO_LINES: Lines = { requests: [], changes: [] };

/** Two minutes. */
export const SECONDS_SHOWN = 120;
const LINES_SHOWN = 100;

function newestFirst<Line>(shown: readonly Line[], added: readonly Line[]): readonly Line[] {
  return added.length === 0 ? shown : [...added.toReversed(), ...shown].slice(0, LINES_SHOWN);
}
