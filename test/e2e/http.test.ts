import { expect, test } from 'vitest';
import { describeWithJava } from '../support/java.ts';
import { useStack } from '../support/stack.ts';

/* What holds for every route, from the router to the functions' shared stack. */

describeWithJava('any request', { timeout: 60_000 }, () => {
  const sample = useStack();
  const { call, get } = sample;

  // An HTTP API of API Gateway has no 405: a route is a method and a path.
  test.each(['GET /', 'GET /user/alice', 'GET /users', 'PUT /users/alice', 'POST /orders/x', 'DELETE /categories'])(
    '%s, which is no route, is a 404 and reaches no function',
    async (route) => {
      const { status, body, headers } = await call(route);
      expect(status).toBe(404);
      expect(body).toEqual({ message: 'Not Found' });
      expect(headers.get('x-correlation-id')).toBeNull();
    },
  );

  test('a body that is not JSON is a 400 that says so, and quotes nothing of it', async () => {
    const { status, body, headers } = await call('POST /users', { body: '{"username": secret' });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({ title: 'Bad Request', errors: [{ field: 'body', message: 'is not valid JSON' }] });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  test.each([
    ['no object', '[]'],
    ['nothing', 'null'],
    ['text', '"alice"'],
  ])('a body that is %s is a 400', async (_, body) => {
    expect(await call('POST /users', { body })).toMatchObject({ status: 400, body: { status: 400 } });
  });

  test('a request without a body, where one belongs, is refused', async () => {
    const { status } = await call('POST /users');
    expect([400, 415]).toContain(status);
  });

  test('a body that is not declared as JSON is a 415', async () => {
    const headers = { 'content-type': 'text/plain' };
    expect(await call('POST /users', { body: '{}', headers })).toMatchObject({
      status: 415,
      body: { errors: [{ field: 'content-type' }] },
    });
  });

  test('every field that is wrong is named', async () => {
    const body = { username: 'a b', firstName: '', lastName: 'L', email: 'nowhere', admin: true };
    const answer = await call('POST /users', { body });
    expect(answer.status).toBe(400);
    const fields = answer.body.errors.map(({ field }: { field: string }) => field);
    expect(fields.sort()).toEqual(['admin', 'email', 'firstName', 'username']);
  });

  test('the id of a request is the caller’s own, or one is made', async () => {
    const given = await call('GET /products/none', { headers: { 'x-correlation-id': 'mine-1' } });
    expect(given.headers.get('x-correlation-id')).toBe('mine-1');
    const made = await call('GET /products/none');
    expect(made.headers.get('x-correlation-id')).toMatch(/^[\w-]{8,}$/);
  });

  test('names are taken as they are, whatever a URL makes of them', async () => {
    const user = { username: 'zoë:%2F{x}', firstName: 'Zoë', lastName: 'Z', email: 'zoe@example.com' };
    expect(await call('POST /users', { body: user })).toMatchObject({ status: 201 });
    const path = `/users/${encodeURIComponent(user.username)}`;
    expect(await get(path)).toMatchObject({ status: 200, body: user });
    await sample.stack.poller.drained();
    await get(path);
    expect(await get(path)).toMatchObject({ status: 200, cache: 'hit', body: user });
  });

  test('while the cache is gone the table answers, and a request is none the wiser', async () => {
    const body = { title: 'Lamp', price: 5 };
    await call('PUT /products/lamp', { body });
    await sample.stack.poller.drained();
    const takeBack = sample.stack.momento.faults.inject({ kind: 'black-hole' });
    try {
      expect(await call('GET /products/lamp')).toMatchObject({ status: 200, cache: 'bypass', body });
      expect(await call('GET /categories')).toMatchObject({ status: 200, cache: 'bypass', body: { items: [] } });
      expect(await call('PUT /products/lamp', { body })).toMatchObject({ status: 200 });
    } finally {
      takeBack();
    }
  });
});
