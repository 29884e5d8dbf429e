import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { InvalidCursorError } from '../../../shared/read/cursor.ts';
import { createTableScanner } from '../../../shared/scan/table-scanner.ts';

const client = new DynamoDBClient({ region: 'eu-central-1' });
const dynamodb = mockClient(client);
const segment = { index: 2, total: 8 };
let units: number[];

beforeEach(() => {
  dynamodb.reset();
  units = [];
});

const scanner = createTableScanner(client, 'app', (consumed) => void units.push(consumed));
const inputs = () => dynamodb.commandCalls(ScanCommand).map(({ args }) => args[0].input);

it('reads consistently: what an eventually consistent page shows may have been corrected before, and never again', async () => {
  dynamodb.on(ScanCommand).resolves({});
  await scanner.page(segment, undefined);

  expect(inputs()).toEqual([
    expect.objectContaining({ TableName: 'app', ConsistentRead: true, Segment: 2, TotalSegments: 8 }),
  ]);
});

it('goes on where the page before ended, whatever the type of the key', async () => {
  const last = { PK: { S: 'ORDER#a' }, line: { N: '12345678901234567890' }, digest: { B: Uint8Array.of(1, 2) } };
  dynamodb
    .on(ScanCommand)
    .resolvesOnce({ Items: [{ PK: { S: 'a' } }], LastEvaluatedKey: last })
    .resolves({});
  const { items, cursor } = await scanner.page(segment, undefined);
  const end = await scanner.page(segment, cursor);

  expect(items).toEqual([{ PK: 'a' }]);
  expect(inputs()[1]?.ExclusiveStartKey).toEqual(last);
  expect(end).toEqual({ items: [], cursor: undefined });
});

it('tells what each page consumed', async () => {
  dynamodb
    .on(ScanCommand)
    .resolvesOnce({ ConsumedCapacity: { CapacityUnits: 20.5 } })
    .resolves({});
  await scanner.page(segment, undefined);
  await scanner.page(segment, undefined);

  expect(units).toEqual([20.5, 0]);
});

it('refuses a cursor that no page gave', async () => {
  await expect(scanner.page(segment, 'made up')).rejects.toThrow(InvalidCursorError);
});
