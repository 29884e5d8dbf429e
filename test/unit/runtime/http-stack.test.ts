import { beforeEach, describe, expect, test, vi } from 'vitest';
import '../../support/sample-environment.ts';
import * as v from 'valibot';
import { InvalidKeyError } from '../../../shared/map/errors.ts';
import { created, type HttpAnswer, noContent, ok } from '../../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../../shared/runtime/http-stack.ts';
import { conflict } from '../../../shared/runtime/problem.ts';
import { readFunction } from '../../../shared/runtime/read-function.ts';
import { call, httpEvent, lambdaContext } from '../../support/http-event.ts';

// Before the imports above are evaluated: logs go to the console that a test can watch.
vi.hoisted(() => {
  process.env.POWERTOOLS_DEV = 'true';
  process.env.POWERTOOLS_LOG_LEVEL = 'ERROR';
});
const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
beforeEach(() => logged.mockClear());

const Nothing = v.object({});
const functionThat = (answer: () => HttpAnswer | Promise<HttpAnswer>) => httpFunction(Nothing, async () => answer());

describe('what a handler throws', () => {
  test('is a problem document where it is a problem', async () => {
    const handler = await functionThat(() => {
      throw conflict('Taken.');
    });
    const answer = await call(handler);
    expect(answer).toMatchObject({ status: 409, headers: { 'content-type': 'application/problem+json' } });
    expect(answer.body).toEqual({ type: 'about:blank', title: 'Conflict', status: 409, detail: 'Taken.' });
    expect(logged).not.toHaveBeenCalled();
  });

  test.each([new TypeError('secret of alice'), 'secret', undefined, { statusCode: 418, message: 'secret' }])(
    'is a 500 that tells nothing but an id to find it by, where it is anything else: %j',
    async (thrown) => {
      const handler = await functionThat(() => {
        throw thrown;
      });
      const answer = await call(handler, { headers: { 'x-correlation-id': 'find-me' } });
      expect(answer).toMatchObject({ status: 500, body: { correlationId: 'find-me' } });
      expect(answer.text).not.toMatch(/secret|stack|TypeError/);
      expect(logged).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('find-me'));
    },
  );

  test.each([
    ['ThrottlingException', 503],
    ['ProvisionedThroughputExceededException', 503],
    ['TransactionConflictException', 503],
    ['TableBusy', 503],
    ['AccessDeniedException', 500],
    ['ResourceNotFoundException', 500],
    ['ValidationException', 500],
  ])('%s of the table is a %i', async (name, status) => {
    const handler = await functionThat(() => {
      throw Object.assign(new Error('no'), { name });
    });
    const answer = await call(handler);
    expect(answer.status).toBe(status);
    expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
  });
});

test('an answer that does not come is told of before Lambda ends the function', async () => {
  const handler = await functionThat(() => new Promise(() => undefined));
  const { statusCode } = await handler(httpEvent(), lambdaContext(150));
  expect(statusCode).toBe(504);
});

describe('the correlation id', () => {
  test('is the caller’s own, or the request’s, on every answer', async () => {
    const handler = await functionThat(noContent);
    const event = httpEvent();
    expect(await handler(event, lambdaContext())).toMatchObject({
      headers: { 'x-correlation-id': event.requestContext.requestId },
    });
    expect(await call(handler, { headers: { 'x-correlation-id': 'abc-1' } })).toMatchObject({
      headers: { 'x-correlation-id': 'abc-1' },
    });
  });

  test.each(['a\nb', '', 'x'.repeat(129), '<script>'])('is never text that could do harm: %j', async (given) => {
    const handler = await functionThat(() => ok({}));
    const { headers } = await call(handler, { headers: { 'x-correlation-id': given } });
    expect(headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test('a body in base64 is read like any other', async () => {
  const handler = await httpFunction(v.object({ body: v.object({ a: v.string() }) }), async ({ body }) => ok(body));
  const event = { ...httpEvent({ body: { a: 'ü' } }), isBase64Encoded: true };
  event.body = Buffer.from(event.body ?? '').toString('base64');
  expect(await handler(event, lambdaContext())).toMatchObject({ statusCode: 200, body: '{"a":"ü"}' });
});

test('a long list of mistakes is told of in its beginning', async () => {
  const handler = await httpFunction(v.object({ body: v.array(v.string()) }), async () => noContent());
  expect((await call(handler, { body: Array(1_000).fill(1) })).body.errors).toHaveLength(20);
});

test('an address of what was created is a path, whatever its name holds', async () => {
  const handler = await functionThat(() => created(['users', 'ä ?&%'], {}));
  expect((await call(handler)).headers.location).toBe('/users/%C3%A4%20%3F%26%25');
});

test('a key that cannot be is the caller’s mistake', async () => {
  const handler = await readFunction(Nothing, async () => {
    throw new InvalidKeyError("entity 'user'", 'username', 'must not be empty');
  });
  expect(await call(handler)).toMatchObject({ status: 400, body: { errors: [{ field: 'username' }] } });
});
