import '../../support/sample-environment.ts';
import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { ORDER_STATUSES } from '../../../functions/model/keys.ts';
import { predecessorsOf, TRANSITIONS } from '../../../functions/model/order.ts';
import { handler as setStatus } from '../../../functions/orders/admin-set-status.ts';
import { handler as createOrder } from '../../../functions/orders/create-order.ts';
import { handler as submitOrder } from '../../../functions/orders/submit-order.ts';
import { handler as updateOrder } from '../../../functions/orders/update-order.ts';
import { call } from '../../support/http-event.ts';
import { conditionFailed } from '../../support/table-errors.ts';

const dynamodb = mockClient(DynamoDBClient);
beforeEach(() => dynamodb.reset());

const items = [{ productId: 'kettle', quantity: 2 }];
const path = { orderId: 'o1' };
const stored = { orderId: 'o1', createdBy: '203.0.113.7', status: 'OPEN', createdAt: 'a', updatedAt: 'b', items };
const update = () => dynamodb.commandCalls(UpdateItemCommand)[0]?.args[0].input;

describe('placing an order', () => {
  test('writes it as open, in its first revision, with its place in both indexes', async () => {
    dynamodb.on(PutItemCommand).resolves({});

    const answer = await call(createOrder, { body: { items } });

    const { orderId, createdAt } = answer.body;
    expect(answer).toMatchObject({ status: 201, headers: { location: `/orders/${orderId}` } });
    expect(answer.body).toEqual({
      orderId,
      createdBy: '203.0.113.7',
      status: 'OPEN',
      createdAt,
      updatedAt: createdAt,
      items,
    });
    expect(unmarshall(dynamodb.commandCalls(PutItemCommand)[0]?.args[0].input.Item ?? {})).toEqual({
      ...answer.body,
      PK: `ORDER#${orderId}`,
      SK: `ORDER#${orderId}`,
      GSI1PK: 'CREATOR#203.0.113.7',
      GSI1SK: `${createdAt}#${orderId}`,
      GSI2PK: 'ORDER#OPEN',
      GSI2SK: `${createdAt}#${orderId}`,
      revision: 1,
    });
  });

  test('its creator is the claim where there is an authorizer', async () => {
    dynamodb.on(PutItemCommand).resolves({});
    const answer = await call(createOrder, { body: { items }, claims: { sub: 'alice' } });
    expect(answer.body.createdBy).toBe('alice');
  });
});

describe('changing and submitting', () => {
  test('is written on the condition that the order is open and the caller’s, and raises the revision', async () => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: marshall({ ...stored, PK: 'ORDER#o1', revision: 2 }) });

    const answer = await call(updateOrder, { path, body: { items } });

    expect(answer).toMatchObject({ status: 200, body: stored });
    expect(Object.keys(answer.body)).toEqual(Object.keys(stored));
    expect(update()).toMatchObject({
      Key: marshall({ PK: 'ORDER#o1', SK: 'ORDER#o1' }),
      UpdateExpression: 'SET #items = :items, #updatedAt = :updatedAt ADD #revision :revision',
      ConditionExpression: '#createdBy IN (:createdByIs0) AND #status IN (:statusIs0)',
      ExpressionAttributeValues: {
        ':createdByIs0': { S: '203.0.113.7' },
        ':statusIs0': { S: 'OPEN' },
        ':revision': { N: '1' },
      },
    });
  });

  test('submitting sets the status on the same condition', async () => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: marshall({ ...stored, status: 'SUBMITTED' }) });
    expect(await call(submitOrder, { path })).toMatchObject({ status: 200, body: { status: 'SUBMITTED' } });
    expect(update()?.ExpressionAttributeValues).toMatchObject({
      ':status': { S: 'SUBMITTED' },
      ':statusIs0': { S: 'OPEN' },
    });
  });

  test.each([
    ['an order that does not exist', undefined, 404],
    ['somebody else’s order', { ...stored, createdBy: 'another' }, 403],
    ['an order that is no longer open', { ...stored, status: 'SUBMITTED' }, 409],
  ])('%s cannot be changed or submitted', async (_, found, status) => {
    dynamodb.on(UpdateItemCommand).rejects(conditionFailed(found));
    expect(await call(updateOrder, { path, body: { items } })).toMatchObject({ status, body: { status } });
    expect(await call(submitOrder, { path })).toMatchObject({ status, body: { status } });
  });
});

describe('an administrator sets the status', () => {
  test.each(ORDER_STATUSES)('to %s only where it may follow, by the write’s own condition', async (status) => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: marshall({ ...stored, status }) });
    expect(await call(setStatus, { path, body: { status } })).toMatchObject({ status: 200, body: { status } });
    const allowed = Object.entries(update()?.ExpressionAttributeValues ?? {}).flatMap(([name, value]) =>
      name.startsWith(':statusIs') ? [value.S] : [],
    );
    expect(allowed).toEqual(ORDER_STATUSES.filter((from) => TRANSITIONS[from].includes(status)));
    expect(allowed).not.toHaveLength(0);
  });

  test('a completed order leaves the index of open ones, and no other does', async () => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: marshall(stored) });
    await call(setStatus, { path, body: { status: 'COMPLETED' } });
    expect(update()?.UpdateExpression).toMatch(/ REMOVE #GSI2PK, #GSI2SK$/);
    dynamodb.resetHistory();
    await call(setStatus, { path, body: { status: 'PROCESSING' } });
    expect(update()?.UpdateExpression).not.toMatch(/REMOVE/);
  });

  test('an order that is elsewhere is a conflict that says where, one that is nowhere a 404', async () => {
    dynamodb
      .on(UpdateItemCommand)
      .rejectsOnce(conditionFailed({ ...stored, status: 'COMPLETED' }))
      .rejectsOnce(conditionFailed());
    const request = { path, body: { status: 'PROCESSING' } };
    expect(await call(setStatus, request)).toMatchObject({
      status: 409,
      body: { detail: 'The order is COMPLETED, which PROCESSING may not follow.' },
    });
    expect(await call(setStatus, request)).toMatchObject({ status: 404 });
  });

  test('nothing follows a completed order, and every status can be reached', () => {
    expect(TRANSITIONS.COMPLETED).toEqual([]);
    for (const status of ORDER_STATUSES) expect(predecessorsOf(status)).not.toHaveLength(0);
  });
});
