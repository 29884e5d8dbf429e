import '../../support/sample-environment.ts';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { sourceOf } from '../../../local/template/source.ts';
import { readTemplate } from '../../../local/template/template.ts';
import { call, type TestRequest } from '../../support/http-event.ts';

const dynamodb = mockClient(DynamoDBClient);
beforeEach(() => dynamodb.reset());

const user = { username: 'alice', firstName: 'Alice', lastName: 'Liddell', email: 'alice@example.com' };
const member = { organization: 'w', username: 'alice' };
const asAlice = { headers: { 'x-username': 'alice' } };
const item = { productId: 'kettle', quantity: 1 };
const product = { title: 'Lamp', price: 1 };
const tooLong = 'x'.repeat(129);

/** A request, and the fields that its answer must name. */
type Case = readonly [TestRequest, ...string[]];

/** What each route refuses, by the name of its bundle. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  'accounts-create-user': [
    [{ body: {} }, 'username', 'firstName', 'lastName', 'email'],
    [{ body: { ...user, email: 'nowhere' } }, 'email'],
    [{ body: { ...user, username: 'a#b' } }, 'username'],
    [{ body: { ...user, username: 42 } }, 'username'],
    [{ body: { ...user, firstName: '' } }, 'firstName'],
    [{ body: { ...user, lastName: '\ud800' } }, 'lastName'],
    [{ body: { ...user, isAdmin: true } }, 'isAdmin'],
    [{ body: 'null' }, 'body'],
    [{ body: '[]' }, 'username', 'firstName', 'lastName', 'email'],
  ],
  'accounts-get-user': [
    [{ path: { username: 'a#b' } }, 'username'],
    [{ path: { username: ' ' } }, 'username'],
    [{ path: { username: tooLong } }, 'username'],
    [{ path: { username: '\ud800' } }, 'username'],
  ],
  'accounts-update-user': [
    [{ path: { username: 'a#b' }, body: { email: 1 } }, 'username', 'email'],
    [{ path: { username: 'alice' }, body: {} }, 'body'],
    [{ path: { username: 'alice' }, body: { username: 'bob' } }, 'username'],
  ],
  'accounts-delete-user': [[{ path: { username: 'a/b' } }, 'username']],
  'accounts-create-organization': [
    [{ ...asAlice, body: { organization: 'a b' } }, 'organization', 'title'],
    [{ body: { organization: 'w', title: 'W' } }, 'x-username'],
    [{ body: { organization: 'w', title: 'W' }, headers: { 'x-username': 'a#b' } }, 'x-username'],
  ],
  'accounts-get-organization': [[{ path: { organization: '#' } }, 'organization']],
  'accounts-add-member': [
    [{ ...asAlice, path: { organization: 'w' }, body: { username: 'bob', role: 'owner' } }, 'role'],
    [{ ...asAlice, path: { organization: '#' }, body: {} }, 'organization', 'username'],
    [{ path: { organization: 'w' }, body: { username: 'bob' } }, 'x-username'],
  ],
  'accounts-get-member': [[{ path: { organization: '#', username: '#' } }, 'organization', 'username']],
  'accounts-remove-member': [
    [{ ...asAlice, path: { ...member, username: '#' } }, 'username'],
    [{ path: member }, 'x-username'],
  ],
  'orders-create-order': [
    [{ body: {} }, 'items'],
    [{ body: { items: [] } }, 'items'],
    [{ body: { items: 'kettle' } }, 'items'],
    [{ body: { items: Array(101).fill(item) } }, 'items'],
    [{ body: { items: [item, { productId: '', quantity: 0 }] } }, 'items.1.productId', 'items.1.quantity'],
    [{ body: { items: [{ ...item, quantity: 1.5 }] } }, 'items.0.quantity'],
    [{ body: { items: [null] } }, 'items.0'],
    [{ body: { items: [item], status: 'COMPLETED' } }, 'status'],
  ],
  'orders-update-order': [[{ path: { orderId: '#' }, body: { items: [] } }, 'orderId', 'items']],
  'orders-submit-order': [[{ path: { orderId: '#' } }, 'orderId']],
  'orders-list-my-orders': [
    [{ query: { limit: '0' } }, 'limit'],
    [{ query: { limit: '101' } }, 'limit'],
    [{ query: { limit: '-1' } }, 'limit'],
    [{ query: { limit: '1,2' } }, 'limit'],
    [{ query: { limit: 'ten', cursor: '' } }, 'limit', 'cursor'],
    [{ query: { cursor: '{}' } }, 'cursor'],
  ],
  'orders-get-order': [[{ path: { orderId: '#' } }, 'orderId']],
  'orders-admin-list-open-orders': [[{ query: { limit: '1e1', cursor: '%' } }, 'limit', 'cursor']],
  'orders-admin-get-order': [[{ path: { orderId: '#' } }, 'orderId']],
  'orders-admin-set-status': [
    [{ path: { orderId: 'o1' }, body: { status: 'LOST' } }, 'status'],
    [{ path: { orderId: '#' }, body: {} }, 'orderId', 'status'],
  ],
  'catalog-list-categories': [[{ query: { limit: '', cursor: '' } }, 'limit', 'cursor']],
  'catalog-create-category': [[{ body: { category: 'a/b' } }, 'category', 'title']],
  'catalog-get-product': [[{ path: { productId: '#' } }, 'productId']],
  'catalog-put-product': [
    [{ path: { productId: '#' }, body: {} }, 'productId', 'title', 'price'],
    [{ path: { productId: 'lamp' }, body: { ...product, price: -1, stock: 0.5 } }, 'price', 'stock'],
    [{ path: { productId: 'lamp' }, body: { ...product, price: '1' } }, 'price'],
    [{ path: { productId: 'lamp' }, body: { ...product, tags: ['a', 'a'] } }, 'tags'],
    [{ path: { productId: 'lamp' }, body: { ...product, tags: [''] } }, 'tags.0'],
  ],
  'catalog-delete-product': [[{ path: { productId: '#' } }, 'productId']],
};

const routes = readTemplate().functions.filter(({ routes }) => routes.length > 0);

const load = async (bundle: string) => (await import(sourceOf(bundle))).handler;

test('every route of the template is here', () => {
  expect(Object.keys(CASES).sort()).toEqual(routes.map(({ bundle }) => bundle).sort());
});

test.each(
  Object.entries(CASES).flatMap(([bundle, cases]) =>
    cases.map(([request, ...fields]) => ({ bundle, request, fields })),
  ),
)('$bundle refuses a request whose $fields is wrong, and names it', async ({ bundle, request, fields }) => {
  const answer = await call(await load(bundle), request);

  expect(answer).toMatchObject({
    status: 400,
    headers: { 'content-type': 'application/problem+json' },
    body: { type: 'about:blank', title: 'Bad Request', status: 400 },
  });
  expect(answer.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([...fields].sort());
  for (const { message } of answer.body.errors) expect(message).toMatch(/^(is|must|cannot) /);
  expect(dynamodb.calls()).toHaveLength(0);
});

test.each(
  Object.entries(CASES).flatMap(([bundle, cases]) => (cases.some(([{ body }]) => body !== undefined) ? [bundle] : [])),
)('%s refuses a body that is no JSON, or does not say that it is', async (bundle) => {
  const handler = await load(bundle);
  const malformed = { status: 400, body: { errors: [{ field: 'body', message: 'is not valid JSON' }] } };
  for (const body of ['{', '', '{"__proto__":{}}']) {
    expect(await call(handler, { body })).toMatchObject(malformed);
  }
  expect(await call(handler, { headers: { 'content-type': 'application/json' } })).toMatchObject(malformed);
  expect(await call(handler, { body: '{}', headers: { 'content-type': 'text/plain' } })).toMatchObject({
    status: 415,
    body: { errors: [{ field: 'content-type' }] },
  });
});
