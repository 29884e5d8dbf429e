import '../../support/sample-environment.ts';
import {
  type AttributeValue,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { StoreUnavailable } from '../../../shared/store/errors.ts';
import { createMemoryStore } from '../../../shared/store/memory.ts';
import type { CacheStore } from '../../../shared/store/port.ts';
import { type Clock, seconds, systemClock } from '../../../shared/time.ts';
import { createTestClock } from '../../support/clock.ts';
import { call, type HttpHandler } from '../../support/http-event.ts';

const dynamodb = mockClient(DynamoDBClient);
beforeEach(() => dynamodb.reset());

const ROUTES = {
  getUser: () => import('../../../functions/accounts/get-user.ts'),
  getOrganization: () => import('../../../functions/accounts/get-organization.ts'),
  getMember: () => import('../../../functions/accounts/get-member.ts'),
  getOrder: () => import('../../../functions/orders/get-order.ts'),
  adminGetOrder: () => import('../../../functions/orders/admin-get-order.ts'),
  listMyOrders: () => import('../../../functions/orders/list-my-orders.ts'),
  adminListOpenOrders: () => import('../../../functions/orders/admin-list-open-orders.ts'),
  getProduct: () => import('../../../functions/catalog/get-product.ts'),
  listCategories: () => import('../../../functions/catalog/list-categories.ts'),
};

/** A function as a new process has it, over a cache of its own. */
async function start(
  route: keyof typeof ROUTES,
  { store = createMemoryStore(), clock = systemClock }: { store?: CacheStore; clock?: Clock } = {},
): Promise<HttpHandler> {
  vi.resetModules();
  const { overrideRuntime } = await import('../../../shared/runtime/overrides.ts');
  overrideRuntime({ store, clock });
  const { handler } = await ROUTES[route]();
  return handler;
}

const tableHas = (item: Record<string, unknown>) => dynamodb.on(GetItemCommand).resolves({ Item: marshall(item) });

const alice = { username: 'alice', firstName: 'Alice', lastName: 'Liddell', email: 'alice@example.com' };
const order = {
  orderId: 'o1',
  createdBy: 'alice',
  status: 'OPEN',
  createdAt: '2026-11-20T10:00:00.000Z',
  updatedAt: '2026-11-20T10:00:00.000Z',
  items: [{ productId: 'kettle', quantity: 1 }],
};
const keys = { PK: 'p', SK: 's', GSI1PK: 'g', GSI1SK: 'g', revision: 1 };

describe('one item', () => {
  test.each([
    ['getUser', { username: 'alice' }, alice],
    [
      'getOrganization',
      { organization: 'w' },
      { organization: 'w', title: 'W', createdBy: 'alice', createdAt: 'then' },
    ],
    ['getMember', { organization: 'w', username: 'alice' }, { organization: 'w', username: 'alice', role: 'admin' }],
    ['adminGetOrder', { orderId: 'o1' }, order],
  ] as const)('%s: a miss, then a hit with the same body', async (route, path, item) => {
    tableHas({ ...item, ...keys });
    const handler = await start(route);

    const miss = await call(handler, { path });
    const hit = await call(handler, { path });

    expect(miss).toMatchObject({ status: 200, body: item, headers: { 'x-cache': 'miss' } });
    expect(hit).toMatchObject({ status: 200, text: miss.text, headers: { 'x-cache': 'hit' } });
    expect(dynamodb.commandCalls(GetItemCommand)).toHaveLength(1);
  });

  test.each([
    ['getUser', { username: 'nobody' }],
    ['getOrganization', { organization: 'nowhere' }],
    ['getMember', { organization: 'w', username: 'nobody' }],
    ['getOrder', { orderId: 'none' }],
    ['adminGetOrder', { orderId: 'none' }],
    ['getProduct', { productId: 'none' }],
  ] as const)('%s: what does not exist is a 404, and the second time the cache knows', async (route, path) => {
    dynamodb.on(GetItemCommand).resolves({});
    const handler = await start(route);
    expect(await call(handler, { path })).toMatchObject({ status: 404, headers: { 'x-cache': 'miss' } });
    expect(await call(handler, { path })).toMatchObject({
      status: 404,
      headers: { 'x-cache': 'absent', 'content-type': 'application/problem+json' },
    });
    expect(dynamodb.commandCalls(GetItemCommand)).toHaveLength(1);
  });

  test('without a cache the table answers, and the answer says so', async () => {
    tableHas(alice);
    const handler = await start('getUser', { store: storeThatIsDown() });
    for (let i = 0; i < 2; i++) {
      expect(await call(handler, { path: { username: 'alice' } })).toMatchObject({
        status: 200,
        body: alice,
        headers: { 'x-cache': 'bypass' },
      });
    }
  });

  test('a product comes with its sets as lists and its numbers with all their digits, hit or miss', async () => {
    const price: AttributeValue = { N: '1299.9000000000000000000000000000000001' };
    const item = {
      ...marshall({ productId: 'lamp', tags: new Set(['brass']) }),
      serial: { N: '9007199254740993' },
      price,
    };
    dynamodb.on(GetItemCommand).resolves({ Item: item });
    const handler = await start('getProduct');
    for (const outcome of ['miss', 'hit']) {
      const answer = await call(handler, { path: { productId: 'lamp' } });
      expect(answer).toMatchObject({ headers: { 'x-cache': outcome }, body: { tags: ['brass'] } });
      expect(answer.text).toContain('"serial":9007199254740993');
      expect(answer.text).toContain('"price":1299.9000000000000000000000000000000001');
    }
  });
});

describe('an order is shown to its creator', () => {
  const path = { orderId: 'o1' };
  const mine = { path, claims: { sub: 'alice' } };
  const theirs = { path, claims: { sub: 'mallory' } };

  test('and to nobody else, from the table and from the cache', async () => {
    tableHas({ ...order, ...keys });
    const handler = await start('getOrder');
    expect(await call(handler, theirs)).toMatchObject({ status: 403, headers: { 'x-cache': 'miss' } });
    expect(await call(handler, mine)).toMatchObject({ status: 200, body: order, headers: { 'x-cache': 'hit' } });

    const refused = await call(handler, theirs);
    expect(refused).toMatchObject({ status: 403, headers: { 'x-cache': 'hit' } });
    expect(refused.text).not.toContain('kettle');
    expect(dynamodb.commandCalls(GetItemCommand)).toHaveLength(1);
  });

  test('known by the source address where there is no authorizer', async () => {
    tableHas({ ...order, createdBy: '198.51.100.4', ...keys });
    const handler = await start('getOrder');
    expect(await call(handler, { path, sourceIp: '198.51.100.4' })).toMatchObject({ status: 200 });
    expect(await call(handler, { path, sourceIp: '198.51.100.5' })).toMatchObject({ status: 403 });
  });
});

describe('a list', () => {
  const stored = marshall({ ...order, category: 'lamps', title: 'Lamps', ...keys });

  test.each([
    ['listMyOrders', [order], { ':creator': { S: 'CREATOR#alice' } }],
    ['adminListOpenOrders', [order], { ':open': { S: 'ORDER#OPEN' } }],
    ['listCategories', [{ category: 'lamps', title: 'Lamps' }], { ':category': { S: 'CATEGORY' } }],
  ] as const)(
    '%s: a miss, then, once its index has settled, a hit with the same body',
    async (route, items, values) => {
      dynamodb.on(QueryCommand).resolves({ Items: [stored] });
      const clock = createTestClock();
      const handler = await start(route, { clock, store: createMemoryStore({ clock }) });
      const request = { claims: { sub: 'alice' } };
      expect(await call(handler, request)).toMatchObject({ headers: { 'x-cache': 'miss' } });
      clock.advance(seconds(30));

      const miss = await call(handler, request);
      const hit = await call(handler, request);

      expect(miss).toMatchObject({ status: 200, headers: { 'x-cache': 'miss' } });
      expect(miss.body).toEqual({ items });
      expect(hit).toMatchObject({ status: 200, text: miss.text, headers: { 'x-cache': 'hit' } });
      expect(dynamodb.commandCalls(QueryCommand)[0]?.args[0].input).toMatchObject({
        ExpressionAttributeValues: values,
      });
    },
  );

  test('goes on where its cursor says', async () => {
    const last = marshall({ PK: 'ORDER#o1', SK: 'ORDER#o1', GSI2PK: 'ORDER#OPEN', GSI2SK: 'x' });
    dynamodb
      .on(QueryCommand)
      .resolvesOnce({ Items: [stored], LastEvaluatedKey: last })
      .resolves({ Items: [] });
    const handler = await start('adminListOpenOrders');

    const { body } = await call(handler, { query: { limit: '1' } });
    expect(body.items).toHaveLength(1);
    const second = await call(handler, { query: { limit: '1', cursor: body.cursor } });

    expect(second.body).toEqual({ items: [] });
    expect(dynamodb.commandCalls(QueryCommand)[1]?.args[0].input).toMatchObject({ Limit: 1, ExclusiveStartKey: last });
  });

  test.each(['listMyOrders', 'adminListOpenOrders', 'listCategories'] as const)(
    '%s: a cursor that was made up, or is of another list, is the caller’s mistake',
    async (route) => {
      const handler = await start(route);
      const mistake = { status: 400, body: { errors: [{ field: 'cursor' }] } };
      expect(await call(handler, { query: { cursor: 'bm90IGEgY3Vyc29y' } })).toMatchObject(mistake);

      const elsewhere = Buffer.from(`j${JSON.stringify({ PK: 'a', SK: 'b' })}`).toString('base64url');
      dynamodb.on(QueryCommand).rejects(serviceError('ValidationException'));
      expect(await call(handler, { query: { cursor: elsewhere } })).toMatchObject(mistake);
      expect(await call(handler)).toMatchObject({ status: 500 });
    },
  );
});

test.each(['getUser', 'getProduct'] as const)('%s: a table that throttles is a moment to wait for', async (route) => {
  dynamodb.on(GetItemCommand).rejects(serviceError('ProvisionedThroughputExceededException'));
  const handler = await start(route);
  expect(await call(handler, { path: { username: 'alice', productId: 'lamp' } })).toMatchObject({
    status: 503,
    headers: { 'retry-after': '1' },
  });
});

const serviceError = (name: string) =>
  new DynamoDBServiceException({ name, message: 'no', $fault: 'client', $metadata: {} });

function storeThatIsDown(): CacheStore {
  const fail = () => Promise.reject(new StoreUnavailable('test.call', 'the cache is down'));
  return {
    ...createMemoryStore(),
    get: fail,
    getMany: fail,
    setIfAbsent: fail,
    setIfUnchanged: fail,
    setAlways: fail,
    set: fail,
    setMany: fail,
  };
}
