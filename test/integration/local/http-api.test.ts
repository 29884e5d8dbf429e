import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpApi, type RequestReport } from '../../../local/http/api.ts';
import { type ListeningServer, listen } from '../../../local/http/listen.ts';
import type { FunctionDefinition, Route } from '../../../local/template/template.ts';
import { seconds } from '../../../shared/time.ts';

const ROUTES: Route[] = [
  { method: 'GET', path: '/orders/{orderId}' },
  { method: 'GET', path: '/orders/mine' },
  { method: 'POST', path: '/orders/{orderId}/submit' },
  { method: 'GET', path: '/files/{path+}' },
];

let server: ListeningServer;
let answer: (event: { pathParameters?: unknown; requestContext?: unknown }) => unknown;
const errors: unknown[] = [];
const reports: RequestReport[] = [];

beforeEach(async () => {
  errors.length = reports.length = 0;
  const app = createHttpApi({
    functions: ROUTES.map(functionFor),
    invoke: async (definition, event) => ({
      statusCode: 200,
      headers: { 'x-cache': 'hit' },
      body: JSON.stringify({ function: definition.bundle, answer: await answer(Object(event)) }),
    }),
    onRequest: (report) => void reports.push(report),
    onError: (error) => void errors.push(error),
  });
  server = await listen(app, 0);
  answer = ({ pathParameters }) => pathParameters;
});

afterEach(() => server.close());

test('a request reaches the function of its route, with the decoded parameters of the path', async () => {
  expect(await get('/orders/a%2Fb%20c')).toEqual({ function: 'GET /orders/{orderId}', answer: { orderId: 'a/b c' } });
});

test('a static part of a path wins over a parameter', async () => {
  expect(await get('/orders/mine')).toMatchObject({ function: 'GET /orders/mine' });
});

test('a greedy parameter takes the rest of the path', async () => {
  expect(await get('/files/a/b/c')).toMatchObject({ answer: { path: 'a/b/c' } });
});

test.each([
  ['GET', '/none'],
  ['DELETE', '/orders/mine'],
])('%s %s, which is no route, is not found', async (method, path) => {
  const response = await fetch(url(path), { method });

  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ message: 'Not Found' });
});

test('a function that fails is a 500 that says nothing of why, and the reason is reported', async () => {
  answer = () => {
    throw new Error('secret reason');
  };
  const response = await fetch(url('/orders/1'));

  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret');
  expect(String(errors[0])).toContain('secret reason');
});

test('a caller is its source address, or who it says it is called for', async () => {
  answer = ({ requestContext }) => Object(requestContext).http.sourceIp;

  expect(await get('/orders/1')).toMatchObject({ answer: '127.0.0.1' });
  expect(await get('/orders/1', { 'x-forwarded-for': '198.51.100.3, 10.0.0.1' })).toMatchObject({
    answer: '198.51.100.3',
  });
});

test('each request is reported with its outcome', async () => {
  await get('/orders/1?page=2');

  expect(reports).toEqual([
    {
      routeKey: 'GET /orders/{orderId}',
      path: '/orders/1?page=2',
      status: 200,
      cache: 'hit',
      milliseconds: expect.any(Number),
    },
  ]);
});

test('a port that is taken is an error of the start', async () => {
  await expect(
    listen(createHttpApi({ functions: [], invoke: async () => {}, onError: () => {} }), server.port),
  ).rejects.toThrow('EADDRINUSE');
});

const url = (path: string): string => `http://127.0.0.1:${server.port}${path}`;

async function get(path: string, headers: Record<string, string> = {}): Promise<unknown> {
  return (await fetch(url(path), { headers })).json();
}

function functionFor(route: Route): FunctionDefinition {
  const bundle = `${route.method} ${route.path}`;
  return {
    logicalId: 'F',
    bundle,
    timeout: seconds(1),
    memoryMegabytes: 128,
    routes: [route],
    eventSources: [],
    queueSources: [],
  };
}
