import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { localClientConfig } from '../../local/aws.ts';
import { type DynamoDBLocal, startDynamoDBLocal } from '../../local/dynamodb/dynamodb-local.ts';
import { encodeEntry, newNonce } from '../../shared/entry/entry.ts';
import { createDynamoDBStore, type DynamoDBStoreOptions } from '../../shared/store/dynamodb.ts';
import { StoreRejected, StoreThrottled, StoreUnavailable } from '../../shared/store/errors.ts';
import type { CacheStore, EntryKey, PlainKey } from '../../shared/store/port.ts';
import { milliseconds, minutes, seconds } from '../../shared/time.ts';
import { describeStoreContract } from '../contract/store-contract.ts';
import { createTestClock } from '../support/clock.ts';
import { type HttpFault, type HttpProxy, startHttpProxy } from '../support/http-proxy.ts';
import { describeWithJava } from '../support/java.ts';
import { bytes, entryKey, plainKey, text } from '../support/keys.ts';

const TABLE = 'cache';

const failure = (name: string, message = 'injected'): HttpFault => ({
  kind: 'answer',
  status: 400,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message },
});

describeWithJava('dynamodb', () => {
  describeStoreContract('dynamodb', async () => {
    const clock = createTestClock();
    const local = await startDynamoDBLocal();
    await createTable(local);
    const proxy = await startHttpProxy(local.endpoint);
    const faults: Record<'unreachable' | 'silent' | 'throttling', HttpFault> = {
      unreachable: { kind: 'refuse' },
      silent: { kind: 'silence' },
      throttling: failure('ProvisionedThroughputExceededException'),
    };
    return {
      open: async () => connect(proxy, { clock }),
      pass: async (duration) => clock.advance(duration),
      maxValueBytes: 399 * 1024,
      outage: {
        begin: async (kind) => proxy.inject(faults[kind]),
        end: async () => proxy.clear(),
      },
      async close() {
        await proxy.close();
        await local.stop();
      },
    };
  });
});

describeWithJava('dynamodb store', () => {
  const clock = createTestClock();
  const patient = { timeout: seconds(10), attempts: 4 };
  let local: DynamoDBLocal;
  let proxy: HttpProxy;
  let store: CacheStore;

  beforeAll(async () => {
    local = await startDynamoDBLocal();
    await createTable(local);
  });

  afterAll(() => local?.stop());

  beforeEach(async () => {
    proxy = await startHttpProxy(local.endpoint);
    store = connect(proxy, { clock });
  });

  afterEach(async () => {
    await store.close();
    await proxy.close();
  });

  const operations = (): string[] => proxy.requests.map(({ operation }) => operation);

  it('reads consistently, one key or many', async () => {
    await store.get(entryKey());
    await store.getMany([entryKey()]);

    expect(operations()).toEqual(['GetItem', 'BatchGetItem']);
    expect(proxy.requests.every(({ body }) => body.includes('"ConsistentRead":true'))).toBe(true);
  });

  it('takes one request for each write that meets no fault, and none for empty lists', async () => {
    const key = entryKey();
    await store.setIfAbsent(key, bytes('1'), minutes(1), patient);
    expect(await store.setIfAbsent(key, bytes('2'), minutes(1), patient)).toBe(false);
    await store.setIfUnchanged(key, bytes('2'), bytes('1'), minutes(1), patient);
    await store.setAlways(key, bytes('3'), minutes(1));
    await store.setMany([]);
    await store.getMany([]);

    expect(operations()).toEqual(['PutItem', 'PutItem', 'PutItem', 'PutItem']);
  });

  it('gives the table a time to delete an item that is not before its expiry', async () => {
    await store.setAlways(entryKey(), bytes('v'), minutes(5));

    const { Item } = JSON.parse(proxy.requests[0]?.body ?? '{}');
    const expiry = clock.now() + minutes(5);
    expect(Number(Item.t.N)).toBe(expiry);
    expect(Number(Item.ttl.N)).toBeGreaterThan(expiry / 1_000);
    expect(Number(Item.ttl.N)).toBeLessThan(expiry / 1_000 + 120);
  });

  it('takes an item that somebody else put there for none, and writes over it', async () => {
    const client = new DynamoDBClient(localClientConfig(local.endpoint));
    const [strange, eternal] = [entryKey(), entryKey()];
    await client.send(new PutItemCommand({ TableName: TABLE, Item: { k: { S: strange }, v: { S: 'text' } } }));
    await client.send(new PutItemCommand({ TableName: TABLE, Item: { k: { S: eternal }, v: { B: bytes('v') } } }));

    expect(await store.getMany([strange, eternal])).toEqual([undefined, undefined]);
    expect(await store.get(strange)).toBeUndefined();
    await store.setAlways(strange, bytes('ours'), minutes(1));
    expect(text(await store.get(strange))).toBe('ours');
    expect(await store.setIfAbsent(eternal, bytes('ours'), minutes(1))).toBe(true);
    client.destroy();
  });

  it('keeps apart keys that are too long for the table, from each other and from what they are replaced by', async () => {
    const unique = entryKey();
    const long = ['a', 'b', 'aa', '🙂'].map((end) => `${unique}${'x'.repeat(9_000)}${end}` as EntryKey);
    const short = [`${unique}${'y'.repeat(2_000)}`, `${unique}${'é'.repeat(1_000)}`, '#', '##', ''] as EntryKey[];
    for (const key of [...long, ...short]) await store.setAlways(key, bytes(key.slice(-3)), minutes(1));
    // Keys that look like those in the table.
    const sent = proxy.requests.map(({ body }) => JSON.parse(body).Item.k.S as EntryKey);
    for (const key of sent) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(2_048);
    const twice = sent.filter((key) => key.startsWith('#'));
    expect(twice.length).toBeGreaterThan(long.length);
    for (const key of twice) await store.setAlways(key, bytes('impostor'), minutes(1));

    const found = await store.getMany([...long, ...short]);
    expect(found.map(text)).toEqual([...long, ...short].map((key) => text(bytes(key.slice(-3)))));
  });

  it('writes a key once that a list names twice, as the later one says', async () => {
    const key = plainKey();
    const write = (value: string) => ({ key, value: bytes(value), ttl: minutes(1) });
    await store.setMany([write('first'), write('last')]);

    expect(text(await store.get(key))).toBe('last');
    expect(operations()).toEqual(['BatchWriteItem', 'GetItem']);
  });

  it('sends no more of an expected entry than what tells it from others, and tells them apart', async () => {
    const entry = (nonce: string) =>
      encodeEntry({
        kind: 'value',
        nonce,
        at: 1_790_000_000_123,
        origin: { by: 'stream' },
        floor: 'unknown',
        payload: { format: 'json', body: bytes(`"${'x'.repeat(100_000)}"`) },
      });
    const key = entryKey();
    const there = entry(newNonce());
    await store.setIfAbsent(key, there, minutes(1));

    expect(await store.setIfUnchanged(key, bytes('new'), entry(newNonce()), minutes(1))).toBe(false);
    expect(await store.setIfUnchanged(key, bytes('new'), there.subarray(0, -1), minutes(1))).toBe(false);
    expect(await store.setIfUnchanged(key, bytes('new'), there, minutes(1))).toBe(true);
    expect(proxy.requests.slice(1).every(({ body }) => body.length < 1_500)).toBe(true);
  });

  it('compares an empty value, and tells it from none', async () => {
    const [empty, none] = [entryKey(), entryKey()];
    await store.setIfAbsent(empty, new Uint8Array(), minutes(1));

    expect(await store.setIfUnchanged(none, bytes('v'), new Uint8Array(), minutes(1))).toBe(false);
    expect(await store.setIfUnchanged(empty, bytes('v'), new Uint8Array(), minutes(1))).toBe(true);
  });

  it('asks again for the keys that a full answer leaves out', async () => {
    const keys = Array.from({ length: 60 }, () => plainKey());
    const value = new Uint8Array(390 * 1024).fill(7);
    const patientStore = connect(proxy, { clock, timeout: seconds(30) });
    for (const key of keys) await patientStore.set(key, value, minutes(1));

    const found = await patientStore.getMany(keys);
    await patientStore.close();
    expect(found.filter((one) => one?.length === value.length)).toHaveLength(60);
    expect(operations().filter((operation) => operation === 'BatchGetItem').length).toBeGreaterThan(1);
  }, 60_000);

  it('takes a batch of which nothing was done for a request for less traffic', async () => {
    const key: PlainKey = plainKey();
    const keys = { [TABLE]: { Keys: [{ k: { S: key } }] } };
    proxy.inject({ kind: 'answer', status: 200, body: { Responses: {}, UnprocessedKeys: keys } }, 2);
    await expect(store.getMany([key])).rejects.toThrow(StoreThrottled);
    expect(await store.getMany([key], patient)).toEqual([undefined]);

    const undone = { UnprocessedItems: { [TABLE]: [{ PutRequest: { Item: { k: { S: key } } } }] } };
    proxy.inject({ kind: 'answer', status: 200, body: undone }, 1);
    const write = { key, value: bytes('v'), ttl: minutes(1) };
    await expect(store.setMany([write], patient)).rejects.toThrow(StoreThrottled);
    expect(operations().filter((operation) => operation === 'BatchWriteItem')).toHaveLength(1);
  });

  it('recognises its own writes though their answers were lost', async () => {
    const key = entryKey();
    proxy.inject({ kind: 'lose-answer' }, 1);
    expect(await store.setIfAbsent(key, bytes('1'), minutes(1), patient)).toBe(true);
    proxy.inject({ kind: 'lose-answer' }, 2);
    expect(await store.setIfUnchanged(key, bytes('2'), bytes('1'), minutes(1), patient)).toBe(true);

    expect(operations()).toEqual(['PutItem', 'PutItem', 'PutItem', 'PutItem', 'PutItem']);
    expect(text(await store.get(key))).toBe('2');
  });

  it('does not take somebody else’s write for its own', async () => {
    const key = entryKey();
    await store.setIfAbsent(key, bytes('theirs'), minutes(1));
    proxy.inject({ kind: 'refuse' }, 1);

    expect(await store.setIfAbsent(key, bytes('ours'), minutes(1), patient)).toBe(false);
  });

  it('repeats reads and conditional writes as often as allowed and no oftener, and plain writes never', async () => {
    for (const name of ['InternalServerError', 'ThrottlingException', 'RequestLimitExceeded']) {
      const [entry, plain] = [entryKey(), plainKey()];
      const before = proxy.requests.length;
      proxy.inject(failure(name));
      const write = { key: plain, value: bytes('v'), ttl: minutes(1) };
      const kind = name === 'InternalServerError' ? StoreUnavailable : StoreThrottled;
      await expect(store.get(entry, patient)).rejects.toThrow(kind);
      await expect(store.setIfAbsent(entry, bytes('v'), minutes(1), patient)).rejects.toThrow(kind);
      await expect(store.set(plain, bytes('v'), minutes(1), patient)).rejects.toThrow(kind);
      await expect(store.setMany([write], patient)).rejects.toThrow(kind);

      expect(proxy.requests.length - before, name).toBe(4 + 4 + 1 + 1);
    }
  });

  it('does not repeat what the table will never accept', async () => {
    for (const { name, message, reason } of [
      { name: 'AccessDeniedException', reason: 'denied' },
      { name: 'UnrecognizedClientException', reason: 'denied' },
      { name: 'ValidationException', message: 'Item size has exceeded the maximum allowed size', reason: 'too-large' },
      { name: 'ValidationException', message: 'The provided key element does not match', reason: 'invalid' },
    ]) {
      proxy.inject(failure(name, message), 1);
      const refused = store.setAlways(entryKey(), bytes('v'), minutes(1), patient);
      await expect(refused, name).rejects.toMatchObject({ name: StoreRejected.name, reason });
    }
    expect(proxy.requests).toHaveLength(4);
  });

  it('says when there is no such table', async () => {
    const lost = connect(proxy, { tableName: 'no-such-table' });

    await expect(lost.get(entryKey(), patient)).rejects.toMatchObject({ reason: 'not-found' });
    await lost.close();
  });

  it('starts while nothing listens', async () => {
    await proxy.close();
    const options = { timeout: milliseconds(500), attempts: 3 };

    await expect(store.get(entryKey(), options)).rejects.toThrow(StoreUnavailable);
  });
});

function connect({ endpoint }: HttpProxy, options: Partial<DynamoDBStoreOptions> = {}): CacheStore {
  // The emulator takes its time for the first request of each kind.
  const attemptTimeout = seconds(5);
  return createDynamoDBStore({ tableName: TABLE, client: localClientConfig(endpoint), attemptTimeout, ...options });
}

async function createTable({ endpoint }: DynamoDBLocal): Promise<void> {
  const client = new DynamoDBClient(localClientConfig(endpoint));
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      AttributeDefinitions: [{ AttributeName: 'k', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  client.destroy();
}
