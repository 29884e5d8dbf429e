import type { Second } from '../../figures/series.ts';
import type { ChangeLine, EntryList, News, RequestLine } from '../protocol.ts';
import type { Connection } from './server.ts';

/** Everything that the page shows. */
export interface PageState {
  connection: Connection;
  news: News | undefined;
  /** The newest first. */
  requests: readonly RequestLine[];
  changes: readonly ChangeLine[];
  seconds: readonly Second[];
  entries: EntryList | undefined;
  search: string;
  /** While it is set, the lists stay as they are. */
  isFrozen: boolean;
  /** What the last control or sample came to. */
  said: string;
}

export function newState(): PageState {
  return {
    connection: 'lost',
    news: undefined,
    requests: [],
    changes: [],
    seconds: [],
    entries: undefined,
    search: '',
    isFrozen: false,
    said: '',
  };
}

/** Takes in what the server tells; the first news of a connection repeat what an earlier one told. */
export function takeIn(state: PageState, news: News, isFirst: boolean): void {
  state.news = news;
  state.seconds = [...(isFirst ? [] : state.seconds), ...news.seconds].slice(-SECONDS_SHOWN);
  if (state.isFrozen) return;
  state.requests = newestFirst(isFirst ? [] : state.requests, news.requests);
  state.changes = newestFirst(isFirst ? [] : state.changes, news.changes);
}

/** Two minutes. */
export const SECONDS_SHOWN = 120;
const LINES_SHOWN = 100;

function newestFirst<Line>(shown: readonly Line[], added: readonly Line[]): readonly Line[] {
  return added.length === 0 ? shown : [...added.toReversed(), ...shown].slice(0, LINES_SHOWN);
}
