import { afterAll, beforeAll } from 'vitest';
import { type Stack, type StackOptions, startStack } from '../../local/start/stack.ts';
import { answerThat } from './waiting.ts';

/** The laptop stack of a test file: what `npm start` starts, on free ports. */
export interface TestStack {
  /** Runs from the first test of the file to its last. */
  readonly stack: Stack;
  /** Sends a request to the HTTP API. */
  call(route: string, request?: RequestDetails): Promise<Answer>;
  /**
   * Reads, and reads again where the cache did not answer in time: on a machine that is busy with other tests, that says
   * nothing about the route.
   */
  get(path: string, request?: RequestDetails): Promise<Answer>;
  /** What was answered so far, as `GET /users/{username} 404`. */
  readonly answered: ReadonlySet<string>;
  /** Each line that a function printed. */
  readonly printed: readonly string[];
  /** What went wrong on the way of a request or a change, without being anybody's answer. */
  readonly errors: readonly unknown[];
}

/** What of a request is not in its method and path. */
export interface RequestDetails {
  /** Sent as JSON; text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whom the request is from, as the creator of orders: a source address. */
  readonly from?: string;
  /** Whom the request acts for, in organizations. */
  readonly as?: string;
}

export interface Answer {
  readonly status: number;
  /** `x-cache` */
  readonly cache: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its expectations what it expects the body to be
  readonly body: any;
  readonly headers: Headers;
}

/** Starts the stack before the tests of a file (or `describe`) and ends it after them. */
export function useStack(options: StackOptions = {}): TestStack {
  let stack: Stack | undefined;
  const running = (): Stack => {
    if (stack === undefined) throw new Error('the stack runs only while tests do');
    return stack;
  };
  const answered = new Set<string>();
  const printed: string[] = [];
  const errors: unknown[] = [];

  beforeAll(async () => {
    stack = await startStack({
      onLog: (line) => void printed.push(line),
      onRequest: ({ routeKey, status }) => void answered.add(`${routeKey} ${status}`),
      onError: (error) => void errors.push(error),
      ...options,
    });
    await loadFunctions(stack);
    answered.clear();
  }, 90_000);
  afterAll(() => stack?.close());

  return {
    get stack() {
      return running();
    },
    call: (route, request) => send(running().url, route, request),
    get: (path, request) =>
      answerThat(
        () => send(running().url, `GET ${path}`, request),
        ({ cache }) => cache !== 'bypass',
      ),
    answered,
    printed,
    errors,
  };
}

/**
 * Loads every function, as somebody's first request would: those that read share a thread, and one that is being loaded
 * would keep the others from hearing the cache in time.
 */
export async function loadFunctions({ url, template, functions }: Stack): Promise<void> {
  const nothing = (path: string): string => `${path.replaceAll(/\{\w+\}/g, 'not%20a%20name')}?limit=none`;
  await Promise.all(
    template.functions.flatMap((definition) => [
      ...definition.routes.map(({ method, path }) => send(url, `${method} ${nothing(path)}`)),
      ...definition.eventSources.map(() => functions.invoke(definition, { Records: [] })),
    ]),
  );
}

/** Sends a request to an HTTP API. */
export async function send(url: string, route: string, request: RequestDetails = {}): Promise<Answer> {
  const { body, from, as, headers } = request;
  const [method = '', path = ''] = route.split(' ');
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(from !== undefined && { 'x-forwarded-for': from }),
      ...(as !== undefined && { 'x-username': as }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    cache: response.headers.get('x-cache'),
    body: isJson ? JSON.parse(text) : text,
    headers: response.headers,
  };
}
