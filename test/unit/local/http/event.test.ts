import { expect, test } from 'vitest';
import { toEvent } from '../../../../local/http/event.ts';

const incoming = (url: string, init: RequestInit = {}, pathParameters: Record<string, string> = {}) => ({
  request: new Request(`http://127.0.0.1:3000${url}`, init),
  routeKey: 'POST /things/{id}',
  pathParameters,
  sourceIp: '192.0.2.7',
  receivedAt: Date.parse('2026-11-05T09:08:07.123Z'),
});

test('an event carries the route, the path, the caller and the time', async () => {
  const event = await toEvent(incoming('/things/a%20b?x=1', { method: 'POST' }, { id: 'a b' }));

  expect(event).toMatchObject({
    version: '2.0',
    routeKey: 'POST /things/{id}',
    rawPath: '/things/a%20b',
    rawQueryString: 'x=1',
    pathParameters: { id: 'a b' },
    requestContext: {
      http: { method: 'POST', path: '/things/a%20b', sourceIp: '192.0.2.7' },
      routeKey: 'POST /things/{id}',
      stage: '$default',
      time: '05/Nov/2026:09:08:07 +0000',
      timeEpoch: Date.parse('2026-11-05T09:08:07.123Z'),
    },
  });
});

test('header names are in lower case, and cookies stand apart', async () => {
  const event = await toEvent(incoming('/', { headers: { 'X-Thing': 'a', Cookie: 'one=1; two=2' } }));

  expect(event.headers).toEqual({ 'x-thing': 'a' });
  expect(event.cookies).toEqual(['one=1', 'two=2']);
});

test('a repeated query parameter is joined by commas', async () => {
  const event = await toEvent(incoming('/?a=1&b=x&a=2'));

  expect(event.queryStringParameters).toEqual({ a: '1,2', b: 'x' });
});

test('what a request does not have is left out', async () => {
  const event = await toEvent(incoming('/'));

  for (const absent of ['body', 'cookies', 'pathParameters', 'queryStringParameters']) {
    expect(event).not.toHaveProperty(absent);
  }
  expect(event.isBase64Encoded).toBe(false);
});

test.each(['application/json', 'text/plain; charset=utf-8', 'application/problem+json'])(
  'a body of %s is text',
  async (type) => {
    const event = await toEvent(incoming('/', { method: 'POST', body: '{"ü":1}', headers: { 'content-type': type } }));

    expect(event).toMatchObject({ body: '{"ü":1}', isBase64Encoded: false });
  },
);

test('a body of another type is base64', async () => {
  const headers = { 'content-type': 'application/octet-stream' };
  const event = await toEvent(incoming('/', { method: 'POST', body: new Uint8Array([0, 255]), headers }));

  expect(event).toMatchObject({ body: 'AP8=', isBase64Encoded: true });
});
