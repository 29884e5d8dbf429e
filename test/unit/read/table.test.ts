import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { attributesFrom, type Item, NumberValue, type PrimaryKey } from '../../../shared/entry/item.ts';
import { decodeCursor, encodeCursor, InvalidCursorError } from '../../../shared/read/cursor.ts';
import { createTableReader, TableBusy } from '../../../shared/read/table.ts';

const TABLE = 'app';
const dynamo = mockClient(DynamoDBClient);
const table = createTableReader(new DynamoDBClient({ region: 'eu-central-1' }), TABLE);

beforeEach(() => void dynamo.reset());

describe('one item', () => {
  it('is read consistently', async () => {
    dynamo.on(GetItemCommand).resolves({ Item: { PK: { S: 'a' }, bytes: { B: new Uint8Array([1]) } } });

    expect(await table.get({ PK: 'a' })).toEqual({ PK: 'a', bytes: new Uint8Array([1]) });
    expect(dynamo.commandCalls(GetItemCommand)[0]?.args[0].input).toEqual({
      TableName: TABLE,
      Key: { PK: { S: 'a' } },
      ConsistentRead: true,
    });
  });

  it('is undefined where there is none', async () => {
    dynamo.on(GetItemCommand).resolves({});

    expect(await table.get({ PK: 'a' })).toBeUndefined();
  });
});

describe('many items', () => {
  it('are answered in the order asked for, whatever the order in which they come', async () => {
    answer((keys) => keys.toReversed().filter(({ PK }) => PK !== 'b'));

    expect(await table.getMany([{ PK: 'a' }, { PK: 'b' }, { PK: 'c' }])).toEqual([
      { PK: 'a', found: true },
      undefined,
      { PK: 'c', found: true },
    ]);
  });

  it('are read consistently, a hundred to a request', async () => {
    answer((keys) => keys);
    const keys = Array.from({ length: 201 }, (_, i) => ({ PK: `${i}`, SK: i }));

    expect(await table.getMany(keys)).toHaveLength(201);
    const requests = dynamo.commandCalls(BatchGetItemCommand).map(({ args }) => args[0].input.RequestItems?.[TABLE]);
    expect(requests.map((request) => request?.Keys?.length)).toEqual([100, 100, 1]);
    expect(requests.every((request) => request?.ConsistentRead)).toBe(true);
  });

  it('may be none, and then cost nothing', async () => {
    expect(await table.getMany([])).toEqual([]);
    expect(dynamo.calls()).toEqual([]);
  });

  it('are asked for again where DynamoDB leaves them unprocessed', async () => {
    let requests = 0;
    answer((keys) => (requests++ < 2 ? keys.slice(0, 1) : keys), true);
    const found = await table.getMany(['a', 'b', 'c', 'd'].map((PK) => ({ PK })));

    expect(found.map((item) => item?.PK)).toEqual(['a', 'b', 'c', 'd']);
    expect(sizes()).toEqual([4, 3, 2]);
  });

  it('fail, rather than seem absent, when DynamoDB keeps leaving them unprocessed', { timeout: 30_000 }, async () => {
    answer(() => [], true);

    await expect(table.getMany([{ PK: 'a' }])).rejects.toThrow(TableBusy);
    expect(sizes()).toHaveLength(9);
  });

  it('are found by the table’s ARN as well as by its name', async () => {
    dynamo.on(BatchGetItemCommand).resolves({ Responses: { 'arn:of:the:table': [{ PK: { S: 'a' } }] } });

    expect(await table.getMany([{ PK: 'a' }])).toEqual([{ PK: 'a' }]);
  });

  it.each<[string, PrimaryKey, PrimaryKey]>([
    ['a bigint that a double prints with an exponent', { N: 10n ** 21n }, { N: 1e21 }],
    ['a number with superfluous zeros', { N: NumberValue.from('1.50') }, { N: 1.5 }],
    ['a binary', { B: new Uint8Array([1, 2]) }, { B: Buffer.from([1, 2]) }],
  ])('are found by %s', async (_, asked, answered) => {
    dynamo.on(BatchGetItemCommand).resolves({ Responses: { [TABLE]: [attributesFrom(answered)] } });

    expect(await table.getMany([asked])).toEqual([expect.anything()]);
  });
});

describe('a query', () => {
  it('is passed on with its values marshalled, the limit and the start key', async () => {
    dynamo
      .on(QueryCommand)
      .resolves({ Items: [{ PK: { S: 'a' } }], LastEvaluatedKey: { PK: { S: 'a' }, n: { N: '7' } } });
    const request = {
      IndexName: 'index',
      KeyConditionExpression: 'k = :k',
      ExpressionAttributeValues: { ':k': 10n ** 20n },
      ScanIndexForward: false,
    };
    const { items, cursor } = await table.query(request, { limit: 5, cursor: encodeCursor({ PK: 'z' }) });

    expect(items).toEqual([{ PK: 'a' }]);
    expect(cursor === undefined ? undefined : decodeCursor(cursor)).toEqual({ PK: 'a', n: 7 });
    expect(dynamo.commandCalls(QueryCommand)[0]?.args[0].input).toEqual({
      TableName: TABLE,
      IndexName: 'index',
      KeyConditionExpression: 'k = :k',
      ExpressionAttributeValues: { ':k': { N: '100000000000000000000' } },
      ScanIndexForward: false,
      Limit: 5,
      ExclusiveStartKey: { PK: { S: 'z' } },
    });
  });

  it('ends without a cursor', async () => {
    dynamo.on(QueryCommand).resolves({});

    expect(await table.query({ KeyConditionExpression: 'x' }, {})).toEqual({ items: [], cursor: undefined });
  });

  it('refuses a cursor that nobody gave out, and asks nothing', async () => {
    await expect(table.query({ KeyConditionExpression: 'x' }, { cursor: 'nonsense' })).rejects.toThrow(
      InvalidCursorError,
    );
    expect(dynamo.calls()).toEqual([]);
  });
});

describe('a cursor', () => {
  it.each<[string, PrimaryKey]>([
    ['text', { PK: 'USER#ä/?&=+%', SK: '\n🦆' }],
    ['numbers', { PK: 1.5, SK: 12_345_678_901_234_567_890n }],
    ['binaries', { PK: new Uint8Array([0, 255]) }],
    ['the keys of an index as well', { PK: 'a', SK: 'b', GSI1PK: 'c', GSI1SK: 4 }],
  ])('brings back %s, and travels in a URL', (_, key) => {
    const cursor = encodeCursor({ ...key });

    expect(cursor).toMatch(/^[\w-]+$/);
    expect(decodeCursor(cursor)).toEqual(key);
  });

  it.each([
    ['empty', ''],
    ['nonsense', 'nonsense'],
    ['not base64', '💥'],
    ['no key', encode('j[]')],
    ['an empty key', encode('j{}')],
    ['null', encode('jnull')],
    ['a text', encode('j"x"')],
    ['a key of types that keys do not have', encode('j{"PK":true}')],
    ['cut off', encodeCursor({ PK: 'abcdef' }).slice(0, -4)],
    ['typed, but not in its format', encode('t{"PK":"x"}')],
  ])('that is %s is refused by one kind of error', (_, cursor) => {
    expect(() => decodeCursor(cursor)).toThrow(InvalidCursorError);
  });
});

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** Answers each request with some of its keys, and says that the others are unprocessed where told so. */
function answer(choose: (keys: readonly Item[]) => readonly Item[], unprocessed = false): void {
  dynamo.on(BatchGetItemCommand).callsFake(({ RequestItems }): Partial<BatchGetItemCommandOutput> => {
    const keys: Item[] = RequestItems[TABLE].Keys.map((key: Record<string, { S?: string; N?: string }>) =>
      Object.fromEntries(Object.entries(key).map(([name, { S, N }]) => [name, S ?? Number(N)])),
    );
    const chosen = choose(keys);
    const left = keys.filter((key) => !chosen.includes(key));
    return {
      Responses: { [TABLE]: chosen.map((key) => attributesFrom({ ...key, found: true })) },
      UnprocessedKeys:
        unprocessed && left.length > 0 ? { [TABLE]: { Keys: left.map((key) => attributesFrom(key)) } } : {},
    };
  });
}

function sizes(): (number | undefined)[] {
  return dynamo.commandCalls(BatchGetItemCommand).map(({ args }) => args[0].input.RequestItems?.[TABLE]?.Keys?.length);
}
