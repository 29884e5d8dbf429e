import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { membershipKey, orderKey, type TableKey } from '../../functions/model/keys.ts';
import { localAwsEnvironment, localClientConfig } from '../../local/aws.ts';
import { type DynamoDBLocal, startDynamoDBLocal } from '../../local/dynamodb/dynamodb-local.ts';
import { createSampleTable } from '../../local/dynamodb/sample-table.ts';
import { readTemplate } from '../../local/template/template.ts';
import { call, type HttpHandler, type TestRequest } from '../support/http-event.ts';
import '../support/sample-environment.ts';
import { describeWithJava } from '../support/java.ts';

/*
 * Conditions and transactions against the API that decides them: that they are understood, and that they hold when
 * requests meet.
 */

let server: DynamoDBLocal;
let client: DynamoDBClient;
let routes: Awaited<ReturnType<typeof loadRoutes>>;

describeWithJava('the write path on DynamoDB', () => {
  beforeAll(async () => {
    server = await startDynamoDBLocal();
    client = new DynamoDBClient(localClientConfig(server.endpoint));
    await createSampleTable(client, readTemplate(), 'sample');
    Object.assign(process.env, localAwsEnvironment({ dynamodb: server.endpoint, sqs: server.endpoint }));
    routes = await loadRoutes();
    for (const username of ['alice', 'bob', 'carol']) await accepted(routes.createUser, { body: userNamed(username) });
  });
  afterAll(async () => {
    client?.destroy();
    await server?.stop();
  });

  describe('users', () => {
    test('are created once, changed in part, and deleted once', async () => {
      const dave = userNamed('dave');
      const path = { username: 'dave' };
      expect(await call(routes.createUser, { body: dave })).toMatchObject({ status: 201 });
      expect(await call(routes.createUser, { body: dave })).toMatchObject({ status: 409 });
      expect(await call(routes.updateUser, { path, body: { firstName: 'David' } })).toMatchObject({
        status: 200,
        body: { ...dave, firstName: 'David' },
      });
      expect(await call(routes.deleteUser, { path })).toMatchObject({ status: 204 });
      expect(await call(routes.deleteUser, { path })).toMatchObject({ status: 404 });
      expect(await call(routes.updateUser, { path, body: { firstName: 'D' } })).toMatchObject({ status: 404 });
    });
  });

  describe('organizations', () => {
    test('are founded by a user that exists, once', async () => {
      const body = { organization: 'founded', title: 'Founded' };
      expect(await call(routes.createOrganization, as('nobody', { body }))).toMatchObject({ status: 404 });
      expect(await call(routes.createOrganization, as('alice', { body }))).toMatchObject({ status: 201 });
      expect(await call(routes.createOrganization, as('bob', { body }))).toMatchObject({ status: 409 });
      expect(await itemAt(membershipKey('founded', 'alice'))).toMatchObject({ role: 'admin' });
      expect(await itemAt(membershipKey('founded', 'bob'))).toBeUndefined();
    });

    test('take members from admins only, and each only once', async () => {
      const path = await organizationOf('alice');
      const add = (caller: string, username: string) =>
        call(routes.addMember, as(caller, { path, body: { username } }));

      expect(await add('bob', 'carol')).toMatchObject({ status: 403 });
      expect(await add('alice', 'nobody')).toMatchObject({ status: 404, body: { detail: 'There is no such user.' } });
      expect(await add('alice', 'bob')).toMatchObject({ status: 201, body: { role: 'member' } });
      expect(await add('alice', 'bob')).toMatchObject({ status: 409 });
      expect(await add('bob', 'carol')).toMatchObject({ status: 403 });
      expect(
        await call(routes.addMember, as('alice', { path: { organization: 'none' }, body: { username: 'bob' } })),
      ).toMatchObject({ status: 404, body: { detail: 'There is no such organization.' } });
    });

    test('let members leave and admins remove, and no longer obey an admin who was removed', async () => {
      const path = await organizationOf('alice');
      const remove = (caller: string, username: string) =>
        call(routes.removeMember, as(caller, { path: { ...path, username } }));
      for (const [username, role] of [
        ['bob', 'admin'],
        ['carol', 'member'],
      ]) {
        await accepted(routes.addMember, as('alice', { path, body: { username, role } }));
      }

      expect(await remove('carol', 'bob')).toMatchObject({ status: 403 });
      expect(await remove('carol', 'carol')).toMatchObject({ status: 204 });
      expect(await remove('carol', 'carol')).toMatchObject({ status: 404 });
      expect(await remove('bob', 'alice')).toMatchObject({ status: 204 });
      expect(await call(routes.addMember, as('alice', { path, body: { username: 'carol' } }))).toMatchObject({
        status: 403,
      });
      expect(await remove('bob', 'bob')).toMatchObject({ status: 409 });
    });

    test('keep an admin when two admins remove each other at the same moment', async () => {
      for (let round = 0; round < 10; round++) {
        const path = await organizationOf('alice');
        await accepted(routes.addMember, as('alice', { path, body: { username: 'bob', role: 'admin' } }));

        const answers = await Promise.all([
          call(routes.removeMember, as('alice', { path: { ...path, username: 'bob' } })),
          call(routes.removeMember, as('bob', { path: { ...path, username: 'alice' } })),
        ]);

        const left = await Promise.all(['alice', 'bob'].map((name) => itemAt(membershipKey(path.organization, name))));
        expect(left.filter((member) => member?.role === 'admin').length).toBeGreaterThan(0);
        // Gone meanwhile (403), or both met in the table (503, to be sent again): never a fault.
        for (const { status } of answers) expect([204, 403, 503]).toContain(status);
      }
    });
  });

  describe('orders', () => {
    test('live from open to completed, and leave the index of open orders with it', async () => {
      const path = await orderOf('198.51.100.1');
      const setStatus = (status: string) => call(routes.setStatus, { path, body: { status } });

      expect(await setStatus('PROCESSING')).toMatchObject({ status: 409 });
      expect(await call(routes.submitOrder, { path, sourceIp: '198.51.100.2' })).toMatchObject({ status: 403 });
      expect(await call(routes.submitOrder, { path, sourceIp: '198.51.100.1' })).toMatchObject({
        status: 200,
        body: { status: 'SUBMITTED' },
      });
      expect(await call(routes.submitOrder, { path, sourceIp: '198.51.100.1' })).toMatchObject({ status: 409 });
      for (const status of ['OPEN', 'SUBMITTED', 'PROCESSING'])
        expect(await setStatus(status)).toMatchObject({ status: 200 });
      expect(await itemAt(orderKey(path.orderId))).toMatchObject({ GSI2PK: 'ORDER#OPEN', revision: 5 });
      expect(await setStatus('COMPLETED')).toMatchObject({ status: 200, body: { status: 'COMPLETED' } });

      const completed = await itemAt(orderKey(path.orderId));
      expect(completed).toMatchObject({ revision: 6, GSI1PK: 'CREATOR#198.51.100.1' });
      expect(completed).not.toHaveProperty('GSI2PK');
      expect(await setStatus('OPEN')).toMatchObject({ status: 409 });
      expect(await call(routes.setStatus, { path: { orderId: 'none' }, body: { status: 'OPEN' } })).toMatchObject({
        status: 404,
      });
    });

    test('change their items while open, for their creator', async () => {
      const path = await orderOf('198.51.100.1');
      const body = { items: [{ productId: 'lamp', quantity: 3 }] };
      expect(await call(routes.updateOrder, { path, body, sourceIp: '198.51.100.1' })).toMatchObject({
        status: 200,
        body,
      });
      expect(await call(routes.updateOrder, { path, body, sourceIp: '198.51.100.2' })).toMatchObject({ status: 403 });
      await accepted(routes.submitOrder, { path, sourceIp: '198.51.100.1' });
      expect(await call(routes.updateOrder, { path, body, sourceIp: '198.51.100.1' })).toMatchObject({ status: 409 });
    });

    test('count every change, however many come at once', async () => {
      const path = await orderOf('198.51.100.1');
      const change = (quantity: number) =>
        accepted(routes.updateOrder, {
          path,
          body: { items: [{ productId: 'lamp', quantity }] },
          sourceIp: '198.51.100.1',
        });
      await Promise.all([1, 2, 3, 4, 5].map(change));
      expect(await itemAt(orderKey(path.orderId))).toMatchObject({ revision: 6 });
    });
  });

  describe('the catalog', () => {
    test('has each category once, and products that are put and deleted', async () => {
      const category = { category: 'lamps', title: 'Lamps' };
      expect(await call(routes.createCategory, { body: category })).toMatchObject({ status: 201 });
      expect(await call(routes.createCategory, { body: category })).toMatchObject({ status: 409 });

      const put = { path: { productId: 'lamp' }, body: { title: 'Lamp', price: 19.9, tags: ['brass'] } };
      expect(await call(routes.putProduct, put)).toMatchObject({ status: 201 });
      expect(await call(routes.putProduct, put)).toMatchObject({ status: 200 });
      expect(await call(routes.deleteProduct, { path: put.path })).toMatchObject({ status: 204 });
      expect(await call(routes.deleteProduct, { path: put.path })).toMatchObject({ status: 404 });
    });
  });
});

/** Imported once the endpoint is known: their client is made as they load. */
async function loadRoutes() {
  return {
    createUser: (await import('../../functions/accounts/create-user.ts')).handler,
    updateUser: (await import('../../functions/accounts/update-user.ts')).handler,
    deleteUser: (await import('../../functions/accounts/delete-user.ts')).handler,
    createOrganization: (await import('../../functions/accounts/create-organization.ts')).handler,
    addMember: (await import('../../functions/accounts/add-member.ts')).handler,
    removeMember: (await import('../../functions/accounts/remove-member.ts')).handler,
    createOrder: (await import('../../functions/orders/create-order.ts')).handler,
    updateOrder: (await import('../../functions/orders/update-order.ts')).handler,
    submitOrder: (await import('../../functions/orders/submit-order.ts')).handler,
    setStatus: (await import('../../functions/orders/admin-set-status.ts')).handler,
    createCategory: (await import('../../functions/catalog/create-category.ts')).handler,
    putProduct: (await import('../../functions/catalog/put-product.ts')).handler,
    deleteProduct: (await import('../../functions/catalog/delete-product.ts')).handler,
  };
}

const userNamed = (username: string) => ({
  username,
  firstName: 'Given',
  lastName: 'Family',
  email: `${username}@example.com`,
});

const as = (username: string, request: TestRequest): TestRequest => ({
  ...request,
  headers: { 'x-username': username },
});

async function accepted(handler: HttpHandler, request: TestRequest) {
  const answer = await call(handler, request);
  expect(answer.status).toBeLessThan(300);
  return answer;
}

let organizations = 0;
async function organizationOf(founder: string): Promise<{ organization: string }> {
  const organization = `organization-${organizations++}`;
  await accepted(routes.createOrganization, as(founder, { body: { organization, title: 'Title' } }));
  return { organization };
}

async function orderOf(sourceIp: string): Promise<{ orderId: string }> {
  const { body } = await accepted(routes.createOrder, {
    sourceIp,
    body: { items: [{ productId: 'kettle', quantity: 1 }] },
  });
  return { orderId: body.orderId };
}

async function itemAt(key: TableKey): Promise<Record<string, unknown> | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: 'sample', Key: marshall(key), ConsistentRead: true }),
  );
  return Item && unmarshall(Item);
}
