import '../../support/sample-environment.ts';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { handler as createCategory } from '../../../functions/catalog/create-category.ts';
import { handler as deleteProduct } from '../../../functions/catalog/delete-product.ts';
import { handler as putProduct } from '../../../functions/catalog/put-product.ts';
import { call } from '../../support/http-event.ts';
import { conditionFailed } from '../../support/table-errors.ts';

const dynamodb = mockClient(DynamoDBClient);
beforeEach(() => dynamodb.reset());

const category = { category: 'lamps', title: 'Lamps' };
const details = { title: 'Desk lamp', price: 19.9, stock: 3, tags: ['brass', 'fragile'] };
const path = { productId: 'lamp' };
const put = () => dynamodb.commandCalls(PutItemCommand)[0]?.args[0].input;

test('a category is written with its place in the list, on the condition that there is none', async () => {
  dynamodb.on(PutItemCommand).resolvesOnce({}).rejectsOnce(conditionFailed(category));

  expect(await call(createCategory, { body: category })).toMatchObject({ status: 201, body: category });
  expect(put()).toMatchObject({
    Item: marshall({ PK: 'CATEGORY#lamps', SK: 'CATEGORY#lamps', GSI2PK: 'CATEGORY', GSI2SK: 'lamps', ...category }),
    ConditionExpression: 'attribute_not_exists(PK)',
  });
  expect(await call(createCategory, { body: category })).toMatchObject({ status: 409 });
});

test('a product is created or replaced, and the status tells which', async () => {
  dynamodb
    .on(PutItemCommand)
    .resolvesOnce({})
    .resolvesOnce({ Attributes: marshall({ productId: 'lamp' }) });

  expect(await call(putProduct, { path, body: details })).toMatchObject({
    status: 201,
    body: { productId: 'lamp', ...details },
    headers: { location: '/products/lamp' },
  });
  expect(await call(putProduct, { path, body: details })).toMatchObject({ status: 200 });
});

test('its tags are a set, and a product without tags has none', async () => {
  dynamodb.on(PutItemCommand).resolves({});
  await call(putProduct, { path, body: details });
  expect(put()?.Item?.tags).toEqual({ SS: ['brass', 'fragile'] });
  dynamodb.resetHistory();
  await call(putProduct, { path, body: { title: 'Plain', price: 1 } });
  expect(put()?.Item).not.toHaveProperty('tags');
});

test('a product is deleted, and one that does not exist is a 404', async () => {
  dynamodb.on(DeleteItemCommand).resolvesOnce({}).rejectsOnce(conditionFailed());
  expect(await call(deleteProduct, { path })).toMatchObject({ status: 204 });
  expect(await call(deleteProduct, { path })).toMatchObject({ status: 404 });
});
