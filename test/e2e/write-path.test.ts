import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stack, startStack } from '../../local/start/stack.ts';
import { describeWithJava } from '../support/java.ts';
import { type RequestDetails, send } from '../support/stack.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/* That writes do not know the cache: asserted at the cache itself, by its calls and by the connections to it. */

describeWithJava('the write path', { timeout: 60_000 }, () => {
  let proxy: TcpProxy;
  let stack: Stack;
  const requested = new Set<string>();

  beforeAll(async () => {
    // The cache's port is known later than the address that the functions are given.
    proxy = await startTcpProxy(0);
    stack = await startStack({
      variables: { MOMENTO_ENDPOINT: `127.0.0.1:${proxy.port}` },
      onRequest: ({ routeKey, status }) => {
        if (status < 400) requested.add(routeKey);
      },
    });
    proxy.leadTo(stack.momento.port);
    // From here on, nobody but the routes may come to the cache.
    await stack.stopPolling();
  }, 90_000);

  afterAll(async () => {
    await stack?.close();
    await proxy?.close();
  });

  test('makes no cache call and opens no cache connection, on any of its routes', async () => {
    const write = async (route: string, request?: RequestDetails) => {
      const { status, body } = await send(stack.url, route, request);
      expect(status).toBeLessThan(300);
      return body;
    };
    const user = (username: string) => ({ username, firstName: 'F', lastName: 'L', email: 'f@example.com' });
    await write('POST /users', { body: user('alice') });
    await write('POST /users', { body: user('bob') });
    await write('PATCH /users/alice', { body: { lastName: 'M' } });
    await write('POST /organizations', { as: 'alice', body: { organization: 'o', title: 'O' } });
    await write('POST /organizations/o/members', { as: 'alice', body: { username: 'bob' } });
    await write('DELETE /organizations/o/members/bob', { as: 'alice' });
    await write('DELETE /users/bob');
    const items = [{ productId: 'p', quantity: 1 }];
    const { orderId } = await write('POST /orders', { body: { items } });
    await write(`PUT /orders/${orderId}`, { body: { items } });
    await write(`POST /orders/${orderId}/submit`);
    await write(`POST /admin/orders/${orderId}/status`, { body: { status: 'PROCESSING' } });
    await write('POST /categories', { body: { category: 'c', title: 'C' } });
    await write('PUT /products/p', { body: { title: 'P', price: 1 } });
    await write('DELETE /products/p');

    const routes = stack.template.functions.flatMap((definition) => definition.routes);
    const ofWrites = routes.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
    expect([...requested].sort()).toEqual(ofWrites.sort());
    expect(stack.momento.stats.calls()).toBe(0);
    expect(proxy.accepted).toBe(0);
  });

  test('a read does both, so that they would have been seen', async () => {
    expect(await send(stack.url, 'GET /users/alice')).toMatchObject({ status: 200, cache: 'miss' });
    expect(stack.momento.stats.calls()).toBeGreaterThan(0);
    expect(proxy.accepted).toBeGreaterThan(0);
  });
});
