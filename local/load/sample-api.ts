import type { ReadOutcome } from '../../shared/read/outcome.ts';
import { isError } from '../figures/figures.ts';
import { isOutcome } from '../figures/outcomes.ts';

/** A request to a route of the sample APIs. */
export interface Call {
  /** As in the template: `GET /users/{username}`. */
  readonly route: string;
  readonly path: string;
  readonly body?: object;
  /** Whom it is from, as the creator of orders: a source address. */
  readonly from?: string;
}

/** What came back. */
export interface Reply {
  /** 0 where nothing did. */
  readonly status: number;
  readonly outcome: ReadOutcome | undefined;
  readonly body: unknown;
  /** What went wrong, where nobody was served: `503`, or `no answer (ETIMEDOUT)`. */
  readonly error: string | undefined;
}

/** Longer than any function may run. */
const TIMEOUT_MS = 30_000;

/** Sends a request. Never throws: that nothing came back is a reply like others. */
export async function send(url: string, { route, path, body, from }: Call): Promise<Reply> {
  const [method = ''] = route.split(' ');
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(from !== undefined && { 'x-forwarded-for': from }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const outcome = response.headers.get('x-cache');
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const content: unknown = isJson ? await response.json() : await response.text();
    const { status } = response;
    const answered = { status, body: content, error: isError(status) ? String(status) : undefined };
    return { ...answered, outcome: isOutcome(outcome) ? outcome : undefined };
  } catch (error) {
    return { status: 0, outcome: undefined, body: undefined, error: `no answer (${codeOf(error)})` };
  }
}

/** What `fetch` throws says little; why the connection failed is in its cause, as a code of the system. */
function codeOf(error: unknown): string {
  const { name, cause } = error instanceof Error ? error : new Error();
  return cause instanceof Error && 'code' in cause ? String(cause.code) : name;
}
