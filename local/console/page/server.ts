import type { ControlRequest, ControlState, EntryList, News, OpenEntry } from '../protocol.ts';

/** How it goes with the connection to the server. */
export type Connection = 'live' | 'lost';

/** Listens to what the server tells. The browser connects again by itself when the connection is lost. */
export function listen(
  onNews: (news: News, isFirst: boolean) => void,
  onConnection: (state: Connection) => void,
): void {
  const source = new EventSource('/console/news');
  let isFirst = true;
  source.onopen = () => {
    // It begins anew with each connection, and tells everything that it has kept.
    isFirst = true;
    onConnection('live');
  };
  source.onerror = () => onConnection('lost');
  source.onmessage = ({ data }) => {
    const news: News = JSON.parse(data);
    onNews(news, isFirst);
    isFirst = false;
  };
}

/** @returns what is wrong, as a sentence, where the server refuses */
export async function control(request: ControlRequest): Promise<ControlState | string> {
  const response = await fetch('/console/controls', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  const body = await response.json();
  return response.ok ? body : String(body.message);
}

export async function searchEntries(search: string): Promise<EntryList> {
  const response = await fetch(`/console/entries?search=${encodeURIComponent(search)}`);
  return response.json();
}

/** `undefined` when it is not in the cache (any more). */
export async function openEntry(key: string): Promise<OpenEntry | undefined> {
  const response = await fetch(`/console/entry?key=${encodeURIComponent(key)}`);
  return response.ok ? response.json() : undefined;
}
