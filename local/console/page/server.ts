import type { ControlRequest, ControlState, EntryList, News, OpenEntry } from '../protocol.ts';
import type { Connection } from './state.ts';

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

/** The server answers, but not with what it was asked for; the message is its own. */
export class NotAnswered extends Error {
  override readonly name = 'NotAnswered';
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

/** @throws {NotAnswered} while the cache cannot be read */
export async function searchEntries(search: string): Promise<EntryList> {
  const response = await fetch(`/console/entries?search=${encodeURIComponent(search)}`);
  return answerIn(response);
}

/**
 * `undefined` when it is not in the cache (any more).
 *
 * @throws {NotAnswered} while cache or table cannot be read
 */
export async function openEntry(key: string): Promise<OpenEntry | undefined> {
  const response = await fetch(`/console/entry?key=${encodeURIComponent(key)}`);
  return response.status === 404 ? undefined : answerIn(response);
}

/** What did not work, for people. */
export const problemOf = (error: unknown): string =>
  error instanceof NotAnswered ? error.message : 'The server does not answer.';

async function answerIn(response: Response) {
  const body = await response.json();
  if (!response.ok) throw new NotAnswered(String(body.message));
  return body;
}
