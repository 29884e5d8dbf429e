import { expect, test } from 'vitest';
import { MalformedResponse, toResponse } from '../../../../local/http/response.ts';

test('status, headers, cookies and body are taken from the answer', async () => {
  const response = toResponse({
    statusCode: 201,
    headers: { 'x-cache': 'miss', 'content-type': 'application/json' },
    cookies: ['a=1', 'b=2'],
    body: '{"a":1}',
  });

  expect(response.status).toBe(201);
  expect(response.headers.get('x-cache')).toBe('miss');
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(await response.text()).toBe('{"a":1}');
});

test('a body in base64 is decoded', async () => {
  const response = toResponse({ statusCode: 200, body: 'AP8=', isBase64Encoded: true });

  expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array([0, 255]));
});

test('an answer without a status code is the body of a 200', async () => {
  const response = toResponse({ hello: 'world' });

  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.json()).toEqual({ hello: 'world' });
});

test('no content has no body and no content type', async () => {
  const response = toResponse({ statusCode: 204, body: '' });

  expect(response.status).toBe(204);
  expect(response.headers.get('content-type')).toBeNull();
  expect(await response.text()).toBe('');
});

test.each([
  ['a status code that is none', { statusCode: 'fine' }],
  ['a status code out of range', { statusCode: 1000 }],
  ['a body that is not text', { statusCode: 200, body: { a: 1 } }],
])('%s is malformed', (_, answer) => {
  expect(() => toResponse(answer)).toThrow(MalformedResponse);
});
