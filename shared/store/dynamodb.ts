import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { identityLength } from '../entry/identity.ts';
import { type Clock, type Duration, systemClock } from '../time.ts';
import type { Attempt } from './attempts.ts';
import { chunk } from './batches.ts';
import { equalBytes } from './bytes.ts';
import { boundedCalls, type CallDefaults, once } from './calls.ts';
import { toStoreError } from './dynamodb-errors.ts';
import { assertSize, liveValue, partitionKey, toItem, ttlLeft } from './dynamodb-item.ts';
import { StoreThrottled } from './errors.ts';
import type { CacheStore, CallOptions, EntryKey, PlainWrite } from './port.ts';

export interface DynamoDBStoreOptions extends CallDefaults {
  /** The cache's table: partition key `k` of type S, no sort key, TTL attribute `ttl`. Not the one that is cached. */
  readonly tableName: string;
  /** Where and as whom to reach it, if not as the environment says. */
  readonly client?: Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials' | 'requestHandler'>;
  /** Decides when an entry has expired; the system's clock if left out. */
  readonly clock?: Clock;
}

/** DynamoDB's own limits. */
const READ_BATCH = { count: 100, bytes: Number.POSITIVE_INFINITY, size: () => 0 };
const WRITE_BATCH = { count: 25, bytes: Number.POSITIVE_INFINITY, size: () => 0 };

/** The SDK's client has 50 sockets, and complains when a hundred calls wait for one. */
const CALLS_AT_ONCE = 128;

/** Batches at a time: they are small, and mostly wait for the network. */
const CONCURRENCY = 8;

/**
 * A DynamoDB table as a store, for those who run no cache service.
 *
 * - All reads are consistent. An eventually consistent one could return an older entry after a newer one was seen, and
 *   a hit is answered without looking further.
 * - An item that has expired is not there, for reads and conditions alike, whether or not the table's TTL has deleted
 *   it yet. Whether it has, the clock of the client decides: clocks must be as right as the protocol asks anyway.
 * - The SDK retries nothing: reads and conditional writes are repeated as often as the call allows, plain writes are
 *   attempted once. A conditional write whose answer was lost is recognised by its bytes, which a nonce makes unique.
 *
 * @example
 * const store = createDynamoDBStore({ tableName: 'users-cache' });
 */
export function createDynamoDBStore(options: DynamoDBStoreOptions): CacheStore {
  const { tableName: TableName, clock = systemClock } = options;
  const client = new DynamoDBClient({ ...options.client, maxAttempts: 1 });
  const calls = boundedCalls(options);

  async function readOne(operation: string, key: string, { signal: abortSignal }: Attempt): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName, Key: { k: { S: partitionKey(key) } }, ConsistentRead: true });
    try {
      return (await client.send(command, { abortSignal })).Item;
    } catch (error) {
      throw toStoreError(operation, error);
    }
  }

  /** Reads up to a hundred items, asking again for those that a full answer left out. */
  async function readBatch(keys: readonly string[], { signal: abortSignal }: Attempt): Promise<Item[]> {
    const operation = 'dynamodb.getMany';
    const items: Item[] = [];
    let wanted: Item[] = keys.map((k) => ({ k: { S: k } }));
    while (wanted.length > 0) {
      const request = { RequestItems: { [TableName]: { Keys: wanted, ConsistentRead: true } } };
      const answer = await client.send(new BatchGetItemCommand(request), { abortSignal }).catch((error: unknown) => {
        throw toStoreError(operation, error);
      });
      const left = Object.values(answer.UnprocessedKeys ?? {}).flatMap(({ Keys = [] }) => Keys);
      // An answer holds 16 MB; one that holds nothing of what was asked for is a request for less traffic.
      if (left.length === wanted.length) {
        throw new StoreThrottled(operation, 'the table asks for less traffic (unprocessed keys)');
      }
      items.push(...Object.values(answer.Responses ?? {}).flat());
      wanted = left;
    }
    return items;
  }

  async function put(
    operation: string,
    write: { readonly key: string; readonly value: Uint8Array; readonly ttl: Duration },
    { signal: abortSignal }: Attempt,
    condition: (now: number) => Condition = () => ({}),
  ): Promise<void> {
    assertSize(operation, write);
    const now = clock.now();
    const command = new PutItemCommand({ TableName, Item: toItem(write, now), ...condition(now) });
    try {
      await client.send(command, { abortSignal });
    } catch (error) {
      throw error instanceof ConditionalCheckFailedException ? error : toStoreError(operation, error);
    }
  }

  /**
   * A conditional write. That the table refused it means a conflict only at the first attempt: at a later one, what is
   * there may be what an earlier attempt stored before its answer was lost. The refusal then brings what is there.
   */
  function putIf(
    operation: string,
    write: { readonly key: EntryKey; readonly value: Uint8Array; readonly ttl: Duration },
    call: CallOptions | undefined,
    condition: (now: number) => Condition,
  ): Promise<boolean> {
    return calls.run(operation, call, async (attempt) => {
      try {
        await put(operation, write, attempt, (now) => ({
          ...condition(now),
          ReturnValuesOnConditionCheckFailure: attempt.number === 1 ? 'NONE' : 'ALL_OLD',
        }));
        return true;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const found = liveValue(error.Item, clock.now());
        return found !== undefined && equalBytes(found, write.value);
      }
    });
  }

  async function writeBatch(writes: readonly PlainWrite[], { signal: abortSignal }: Attempt): Promise<void> {
    const operation = 'dynamodb.setMany';
    const now = clock.now();
    const requests = writes.map((write) => ({ PutRequest: { Item: toItem(write, now) } }));
    const command = new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } });
    const answer = await client.send(command, { abortSignal }).catch((error: unknown) => {
      throw toStoreError(operation, error);
    });
    const left = Object.values(answer.UnprocessedItems ?? {}).flat().length;
    if (left > 0) throw new StoreThrottled(operation, `the table left ${left} of ${writes.length} writes undone`);
  }

  return {
    name: 'dynamodb',
    concurrency: CALLS_AT_ONCE,

    get: (key, call) =>
      calls.run('dynamodb.get', call, async (attempt) =>
        liveValue(await readOne('dynamodb.get', key, attempt), clock.now()),
      ),

    async getMany(keys, call) {
      const partitionKeys = keys.map(partitionKey);
      // A batch may not name a key twice.
      const batches = chunk([...new Set(partitionKeys)], READ_BATCH);
      const found = await calls.runBatches('dynamodb.getMany', call, batches, readBatch, CONCURRENCY);
      const items = new Map(found.flat().map((item) => [item.k?.S, item]));
      const now = clock.now();
      // A copy for each place: what is asked for twice must not come back as one buffer.
      return partitionKeys.map((key) => liveValue(items.get(key), now)?.slice());
    },

    ttlLeft: (key, call) =>
      calls.run('dynamodb.ttlLeft', call, async (attempt) =>
        ttlLeft(await readOne('dynamodb.ttlLeft', key, attempt), clock.now()),
      ),

    setIfAbsent: (key, value, ttl, call) => putIf('dynamodb.setIfAbsent', { key, value, ttl }, call, ifAbsent),

    setIfUnchanged: (key, value, expected, ttl, call) =>
      putIf('dynamodb.setIfUnchanged', { key, value, ttl }, call, (now) => ifUnchanged(expected, now)),

    setAlways: (key, value, ttl, call) =>
      calls.run('dynamodb.setAlways', call, (attempt) => put('dynamodb.setAlways', { key, value, ttl }, attempt)),

    set: (key, value, ttl, call) =>
      calls.run('dynamodb.set', once(call), (attempt) => put('dynamodb.set', { key, value, ttl }, attempt)),

    async setMany(writes, call) {
      for (const write of writes) assertSize('dynamodb.setMany', write);
      // A batch may not name a key twice; of several writes to one key the last one counts.
      const batches = chunk([...new Map(writes.map((write) => [write.key, write])).values()], WRITE_BATCH);
      await calls.runBatches('dynamodb.setMany', once(call), batches, writeBatch, CONCURRENCY);
    },

    async close() {
      if (calls.close()) client.destroy();
    },
  };
}

type Item = Record<string, AttributeValue>;

type Condition = Pick<
  PutItemCommandInput,
  'ConditionExpression' | 'ExpressionAttributeValues' | 'ReturnValuesOnConditionCheckFailure'
>;

/** An item without an expiry is nobody's that reads here; where there is no item, there is no expiry either. */
const ifAbsent = (now: number): Condition => ({
  ConditionExpression: 'attribute_not_exists(t) OR t <= :now',
  ExpressionAttributeValues: { ':now': { N: `${now}` } },
});

/**
 * For an entry of ours the header line is enough to compare: its nonce is new on every write. Bytes that are somebody
 * else's are compared whole.
 */
function ifUnchanged(expected: Uint8Array, now: number): Condition {
  const identity = expected.subarray(0, identityLength(expected));
  const isWhole = identity.length === expected.length;
  return {
    ConditionExpression: isWhole
      ? 't > :now AND v = :expected'
      : 't > :now AND begins_with(v, :expected) AND size(v) = :size',
    ExpressionAttributeValues: {
      ':now': { N: `${now}` },
      ':expected': { B: identity },
      ...(isWhole ? {} : { ':size': { N: `${expected.length}` } }),
    },
  };
}
