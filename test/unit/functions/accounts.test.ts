import '../../support/sample-environment.ts';
import {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { handler as addMember } from '../../../functions/accounts/add-member.ts';
import { handler as createOrganization } from '../../../functions/accounts/create-organization.ts';
import { handler as createUser } from '../../../functions/accounts/create-user.ts';
import { handler as deleteUser } from '../../../functions/accounts/delete-user.ts';
import { handler as removeMember } from '../../../functions/accounts/remove-member.ts';
import { handler as updateUser } from '../../../functions/accounts/update-user.ts';
import { call } from '../../support/http-event.ts';
import { conditionFailed, transactionCancelled } from '../../support/table-errors.ts';

const dynamodb = mockClient(DynamoDBClient);
beforeEach(() => dynamodb.reset());

const alice = { username: 'alice', firstName: 'Alice', lastName: 'Liddell', email: 'alice@example.com' };
const asUser = (username: string) => ({ headers: { 'x-username': username } });
const stepsOf = () => dynamodb.commandCalls(TransactWriteItemsCommand)[0]?.args[0].input.TransactItems;

describe('users', () => {
  test('a new user is written on the condition that there is none, and answered with its address', async () => {
    dynamodb.on(PutItemCommand).resolves({});

    const answer = await call(createUser, { body: alice });

    expect(answer).toMatchObject({ status: 201, body: alice, headers: { location: '/users/alice' } });
    expect(dynamodb.commandCalls(PutItemCommand)[0]?.args[0].input).toMatchObject({
      TableName: 'sample',
      Item: marshall({ PK: 'USER#alice', SK: 'USER#alice', ...alice }),
      ConditionExpression: 'attribute_not_exists(PK)',
    });
  });

  test('a username that is taken is a conflict', async () => {
    dynamodb.on(PutItemCommand).rejects(conditionFailed(alice));
    expect(await call(createUser, { body: alice })).toMatchObject({ status: 409, body: { status: 409 } });
  });

  test('a change touches the fields that were sent and no other, and only of a user that exists', async () => {
    dynamodb
      .on(UpdateItemCommand)
      .resolves({ Attributes: marshall({ PK: 'USER#alice', ...alice, lastName: 'Hargreaves' }) });

    const answer = await call(updateUser, { path: { username: 'alice' }, body: { lastName: 'Hargreaves' } });

    expect(answer).toMatchObject({ status: 200, body: { ...alice, lastName: 'Hargreaves' } });
    expect(answer.body).not.toHaveProperty('PK');
    expect(dynamodb.commandCalls(UpdateItemCommand)[0]?.args[0].input).toMatchObject({
      Key: marshall({ PK: 'USER#alice', SK: 'USER#alice' }),
      UpdateExpression: 'SET #lastName = :lastName',
      ExpressionAttributeNames: { '#lastName': 'lastName' },
      ExpressionAttributeValues: { ':lastName': { S: 'Hargreaves' } },
      ConditionExpression: 'attribute_exists(PK)',
    });
  });

  test('changing or deleting a user that does not exist is a 404', async () => {
    dynamodb.on(UpdateItemCommand).rejects(conditionFailed()).on(DeleteItemCommand).rejects(conditionFailed());
    const path = { username: 'nobody' };
    expect(await call(updateUser, { path, body: { firstName: 'No' } })).toMatchObject({ status: 404 });
    expect(await call(deleteUser, { path })).toMatchObject({ status: 404 });
  });

  test('a deleted user is answered with nothing', async () => {
    dynamodb.on(DeleteItemCommand).resolves({});
    expect(await call(deleteUser, { path: { username: 'alice' } })).toMatchObject({ status: 204, text: undefined });
  });

  test('with an authorizer, nobody creates, changes or deletes the account of another', async () => {
    const request = { path: { username: 'alice' }, claims: { sub: 'mallory' } };
    expect(await call(createUser, { ...request, body: alice })).toMatchObject({ status: 403 });
    expect(await call(updateUser, { ...request, body: { firstName: 'M' } })).toMatchObject({ status: 403 });
    expect(await call(deleteUser, request)).toMatchObject({ status: 403 });
    expect(dynamodb.calls()).toHaveLength(0);
  });
});

describe('founding an organization', () => {
  const request = { ...asUser('alice'), body: { organization: 'wonderland', title: 'Wonderland' } };

  test('writes organization and membership in one transaction that holds the founder to exist', async () => {
    dynamodb.on(TransactWriteItemsCommand).resolves({});

    const answer = await call(createOrganization, request);

    expect(answer).toMatchObject({ status: 201, body: { organization: 'wonderland', createdBy: 'alice' } });
    expect(stepsOf()).toMatchObject([
      {
        ConditionCheck: {
          Key: marshall({ PK: 'USER#alice', SK: 'USER#alice' }),
          ConditionExpression: 'attribute_exists(PK)',
        },
      },
      {
        Put: {
          Item: { PK: { S: 'ORG#wonderland' }, createdBy: { S: 'alice' } },
          ConditionExpression: 'attribute_not_exists(PK)',
        },
      },
      {
        Put: {
          Item: marshall({
            PK: 'ORG#wonderland',
            SK: 'USER#alice',
            organization: 'wonderland',
            username: 'alice',
            role: 'admin',
          }),
        },
      },
    ]);
  });

  test('each condition that can fail has its own answer', async () => {
    dynamodb
      .on(TransactWriteItemsCommand)
      .rejectsOnce(transactionCancelled('ConditionalCheckFailed', 'None', 'None'))
      .rejectsOnce(transactionCancelled('None', { found: { PK: 'ORG#wonderland' } }, 'None'));
    expect(await call(createOrganization, request)).toMatchObject({
      status: 404,
      body: { detail: 'There is no such user.' },
    });
    expect(await call(createOrganization, request)).toMatchObject({ status: 409 });
  });

  test('without an authorizer the header names the founder, and its absence is told', async () => {
    expect(await call(createOrganization, { body: request.body })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'x-username', message: 'is missing' }] },
    });
  });

  test('with an authorizer the claim is the founder, whatever the header says', async () => {
    dynamodb.on(TransactWriteItemsCommand).resolves({});
    const answer = await call(createOrganization, { ...request, claims: { sub: 'bob' } });
    expect(answer.body).toMatchObject({ createdBy: 'bob' });
  });
});

describe('adding a member', () => {
  const request = {
    ...asUser('alice'),
    path: { organization: 'wonderland' },
    body: { username: 'bob', role: 'member' },
  };

  test('the transaction holds the caller to being an admin, and organization and user to exist', async () => {
    dynamodb.on(TransactWriteItemsCommand).resolves({});

    const answer = await call(addMember, request);

    expect(answer).toMatchObject({
      status: 201,
      body: { organization: 'wonderland', username: 'bob', role: 'member' },
      headers: { location: '/organizations/wonderland/members/bob' },
    });
    expect(stepsOf()).toMatchObject([
      { ConditionCheck: { Key: marshall({ PK: 'ORG#wonderland', SK: 'ORG#wonderland' }) } },
      {
        ConditionCheck: {
          Key: marshall({ PK: 'ORG#wonderland', SK: 'USER#alice' }),
          ConditionExpression: '#role IN (:roleIs0)',
          ExpressionAttributeValues: { ':roleIs0': { S: 'admin' } },
        },
      },
      { ConditionCheck: { Key: marshall({ PK: 'USER#bob', SK: 'USER#bob' }) } },
      { Put: { Item: { SK: { S: 'USER#bob' } }, ConditionExpression: 'attribute_not_exists(PK)' } },
    ]);
  });

  test.each([
    [['ConditionalCheckFailed', 'ConditionalCheckFailed', 'None', 'None'], 404, 'There is no such organization.'],
    [
      ['None', 'ConditionalCheckFailed', 'ConditionalCheckFailed', 'None'],
      403,
      'Only an admin of the organization may do this.',
    ],
    [['None', 'None', 'ConditionalCheckFailed', 'None'], 404, 'There is no such user.'],
    [['None', 'None', 'None', 'ConditionalCheckFailed'], 409, 'The user is a member already.'],
  ])('%j is answered with %i', async (codes, status, detail) => {
    dynamodb.on(TransactWriteItemsCommand).rejects(transactionCancelled(...codes));
    expect(await call(addMember, request)).toMatchObject({ status, body: { status, detail } });
  });

  test('nobody makes themselves a member', async () => {
    const answer = await call(addMember, { ...request, ...asUser('bob') });
    expect(answer.status).toBe(403);
    expect(dynamodb.calls()).toHaveLength(0);
  });

  test('another transaction on the same items is a moment to wait for, not a fault', async () => {
    dynamodb.on(TransactWriteItemsCommand).rejects(transactionCancelled('None', 'TransactionConflict', 'None', 'None'));
    expect(await call(addMember, request)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  });

  test('a cancellation for any other reason is a fault of ours', async () => {
    dynamodb.on(TransactWriteItemsCommand).rejects(transactionCancelled('None', 'ValidationError', 'None', 'None'));
    expect(await call(addMember, request)).toMatchObject({ status: 500 });
  });
});

describe('removing a member', () => {
  const path = { organization: 'wonderland', username: 'bob' };

  test('an admin may, and still has to be one when it happens', async () => {
    dynamodb.on(TransactWriteItemsCommand).resolves({});
    expect(await call(removeMember, { ...asUser('alice'), path })).toMatchObject({ status: 204 });
    expect(stepsOf()).toMatchObject([
      {
        ConditionCheck: { Key: { SK: { S: 'USER#alice' } }, ExpressionAttributeValues: { ':roleIs0': { S: 'admin' } } },
      },
      { Delete: { Key: { SK: { S: 'USER#bob' } }, ConditionExpression: 'attribute_exists(PK)' } },
    ]);
  });

  test.each([
    [['ConditionalCheckFailed', 'None'], 403],
    [['None', 'ConditionalCheckFailed'], 404],
  ])('%j is answered with %i', async (codes, status) => {
    dynamodb.on(TransactWriteItemsCommand).rejects(transactionCancelled(...codes));
    expect(await call(removeMember, { ...asUser('alice'), path })).toMatchObject({ status });
  });

  test('members may leave', async () => {
    dynamodb.on(TransactWriteItemsCommand).resolves({});
    expect(await call(removeMember, { ...asUser('bob'), path })).toMatchObject({ status: 204 });
    expect(stepsOf()).toMatchObject([{ Delete: { ExpressionAttributeValues: { ':roleIs0': { S: 'member' } } } }]);
  });

  test('an admin may not leave, so that one is always left; whoever is no member cannot leave either', async () => {
    dynamodb
      .on(TransactWriteItemsCommand)
      .rejectsOnce(transactionCancelled({ found: { role: 'admin' } }))
      .rejectsOnce(transactionCancelled('ConditionalCheckFailed'));
    expect(await call(removeMember, { ...asUser('bob'), path })).toMatchObject({ status: 409 });
    expect(await call(removeMember, { ...asUser('bob'), path })).toMatchObject({ status: 404 });
  });
});
