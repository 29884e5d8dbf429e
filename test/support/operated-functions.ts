import { rejects } from 'node:assert/strict';
import { BatchGetItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBStreamsClient,
  GetShardIteratorCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb-streams';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import * as v from 'valibot';
import { encodeEntry, newNonce } from '../../shared/entry/entry.ts';
import { attributesFrom, type Item } from '../../shared/entry/item.ts';
import { encodePayload } from '../../shared/entry/payload.ts';
import { collection, defineCacheMap, entity, hours, minutes, seconds } from '../../shared/index.ts';
import { entryKey } from '../../shared/map/cache-key.ts';
import { encodeSample } from '../../shared/repair/audit-sample.ts';
import { createAuditFunction } from '../../shared/runtime/audit-function.ts';
import { overrideRuntime } from '../../shared/runtime/overrides.ts';
import { itemAnswer, pageAnswer, readFunction } from '../../shared/runtime/read-function.ts';
import { createRedriveFunction } from '../../shared/runtime/redrive-function.ts';
import { createSyncFunction } from '../../shared/runtime/sync-function.ts';
import { createWarmFunction } from '../../shared/runtime/warm-function.ts';
import { StoreRejected, StoreThrottled, StoreUnavailable } from '../../shared/store/errors.ts';
import { createMemoryStore } from '../../shared/store/memory.ts';
import { createTestClock } from './clock.ts';
import { countingStore, type Obstacle } from './counting-store.ts';
import { call } from './http-event.ts';
import { lambdaRecord } from './lambda-records.ts';
import { createMemoryTable } from './memory-table.ts';
import { lambdaContext, sqsEvent } from './queue-messages.ts';
import { failureMessage, NAMESPACE } from './repair.ts';

/* The real functions over a cache and a table in memory, and all that can happen to them. Import the environment first. */

const note = entity('note', {
  key: { PK: 'NOTE#{id}' },
  onChange: 'refresh',
  prefill: true,
  ttl: hours(1),
  project: (item) => {
    if (item.broken === true) throw new TypeError(`cannot project ${String(item.text)}`);
    return item.unstorable === true ? undefined : { id: item.id, text: item.text };
  },
});
const notes = collection('notes', {
  of: note,
  by: () => [{}],
  query: () => ({ KeyConditionExpression: 'PK = :all' }),
  settle: seconds(2),
  onChange: 'invalidate',
  ttl: minutes(30),
});
const map = defineCacheMap({ entities: [note], collections: [notes] });

/** The functions, and what a test puts in their way. */
export interface Operated {
  /** Every decision of the synchronizer, and every trouble that it reports. */
  changes(): Promise<void>;
  /** Every outcome of a read, every reason not to fill, every class of answer. */
  reads(): Promise<void>;
  /** Every end that a message to redrive or audit can come to. */
  repairs(): Promise<void>;
  /** Everything that warming can find in a table or in a list of keys. */
  warming(): Promise<void>;
  /** An invocation that fails as a whole. */
  failing(): Promise<void>;
}

/**
 * @param mark stands in every key, value, message and foreign error
 * @param headers of each request
 */
export async function operatedFunctions(
  mark: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Operated> {
  const sqs = mockClient(SQSClient);
  const streams = mockClient(DynamoDBStreamsClient);
  const dynamodb = mockClient(DynamoDBClient);
  const clock = createTestClock();
  const stored = createMemoryStore({ clock });
  const table = createMemoryTable();
  let obstacle: Obstacle = () => {};
  overrideRuntime({ clock, table, store: countingStore(stored, (...asked) => obstacle(...asked)) });
  const [sync, redrive, audit, warm, get, list] = await Promise.all([
    createSyncFunction(map),
    createRedriveFunction(map),
    createAuditFunction(map),
    createWarmFunction(map),
    readFunction(v.object({ path: v.object({ id: v.string() }) }), async (reader, { path }) =>
      itemAnswer(await reader.getJson(note, path), 'note'),
    ),
    readFunction(v.object({}), async (reader) => pageAnswer(await reader.queryJson(notes, {}))),
  ]);

  const key = (name: string) => ({ PK: `NOTE#${mark}-${name}` });
  const image = (name: string, more: Item = {}): Item => ({ ...key(name), id: `${mark}-${name}`, text: mark, ...more });
  const record = (sequence: number, name: string, newImage?: Item, oldImage?: Item) =>
    lambdaRecord({
      type: newImage === undefined ? 'REMOVE' : oldImage === undefined ? 'INSERT' : 'MODIFY',
      ...{ key: key(name), newImage, oldImage, sequence, createdAt: clock.now() },
    });
  const entryOf = (name: string) => entryKey(NAMESPACE, note, key(name));
  const store = (name: string, bytes: Uint8Array) => stored.setAlways(entryOf(name), bytes, hours(1));
  const entryWith = (text: string) =>
    encodeEntry({
      ...{ kind: 'value', nonce: newNonce(), at: clock.now(), floor: 'unknown', origin: { by: 'stream' } },
      payload: encodePayload({ text }),
    });
  const batch = (...records: readonly unknown[]) => sync({ Records: records }, lambdaContext());
  const read = (name: string) => call(get, { path: { id: `${mark}-${name}` }, headers });
  /** What is met by the next call of that operation, once. */
  const meeting = async (operation: string, trouble: () => void | Promise<void>, work: () => Promise<unknown>) => {
    let met = false;
    obstacle = async (asked) => {
      if (met || !asked.startsWith(operation)) return;
      met = true;
      await trouble();
    };
    await work();
    obstacle = () => {};
  };
  const failing = (error: Error) => () => {
    throw error;
  };

  return {
    async changes() {
      sqs.on(SendMessageBatchCommand).resolves({});
      const [first, second] = [image('a'), image('a', { text: `${mark} 2` })];
      await batch(record(1, 'a', first), record(2, 'other', image('other')));
      await batch(record(3, 'a', second, first), record(4, 'a', first, second));
      await batch(record(1, 'a', first), record(5, 'a', { ...first, seen: 1 }, first));
      await batch(record(6, 'a', undefined, first), record(7, 'b', image('b', { broken: true })));
      await batch({ ...record(8, 'c', image('c')), eventName: mark });
      await batch(lambdaRecord({ type: 'REMOVE', key: { PK: `ELSE#${mark}` }, sequence: 9, createdAt: clock.now() }));
      await batch({ ...record(10, 'd', image('d')), dynamodb: { Keys: { PK: { N: mark } }, SequenceNumber: '10' } });
      await meeting(
        'setIf',
        () => store('other', entryWith(mark)),
        () => batch(record(11, 'other', image('other', { text: `${mark} 2` }), image('other'))),
      );
      obstacle = (operation) => {
        if (operation.startsWith('set')) throw new StoreThrottled('test.set', 'too much');
      };
      await batch(record(12, 'e', image('e')));
      obstacle = () => {};
    },

    async reads() {
      table.put(key('hit'), image('hit'));
      await read('hit');
      await read('hit');
      await read('nothing');
      await read('nothing');
      await store('foreign', new TextEncoder().encode(mark));
      await read('foreign');
      await meeting(
        'setIfAbsent',
        () => store('raced', entryWith(mark)),
        () => read('raced'),
      );
      await meeting('setIfAbsent', failing(new StoreUnavailable('test.set', 'gone')), () => read('unfilled'));
      await meeting('setIfAbsent', failing(new StoreRejected('test.set', 'too-large', 'too much')), () =>
        read('large'),
      );
      table.put(key('unstorable'), image('unstorable', { unstorable: true }));
      await read('unstorable');
      table.before = () => clock.advance(seconds(21));
      await read('slow');
      table.before = () => {};
      table.answer = async () => ({ items: [image('hit')], cursor: undefined });
      await batch(record(13, 'hit', image('hit', { text: `${mark} 2` })));
      await call(list, { headers });
      clock.advance(seconds(10));
      await call(list, { headers });
      await call(list, { headers });
      table.before = failing(new Error(mark));
      await read('failing');
      table.before = () => {};
      obstacle = failing(new StoreUnavailable('test.get', 'gone'));
      for (let times = 0; times < 6; times += 1) await read('hit');
      obstacle = () => {};
    },

    async repairs() {
      sqs.on(SendMessageBatchCommand).resolves({});
      streams.on(GetShardIteratorCommand).rejects(new ResourceNotFoundException({ message: mark, $metadata: {} }));
      const nameless = { dynamodb: { SequenceNumber: '42', NewImage: { text: { S: mark } } } };
      const messages = [
        { reason: mark, record: record(20, 'a', image('a')) },
        { reason: mark, record: nameless },
        mark,
      ];
      const lost = failureMessage({ start: '1', end: '2', count: 2 });
      await redrive(sqsEvent(...[...messages, lost].map((message) => JSON.stringify(message))), lambdaContext());

      const sampleOf = (name: string, entityName = 'note') =>
        encodeSample({ entity: entityName, primaryKey: key(name) });
      table.put(key('stale'), image('stale'));
      await store('stale', entryWith(`${mark} old`));
      sqs.resetHistory();
      await audit(sqsEvent(sampleOf('right'), sampleOf('stale'), sampleOf('a', 'gone'), mark), lambdaContext());
      clock.advance(seconds(60));
      for (const { args } of sqs.commandCalls(SendMessageBatchCommand)) {
        await audit(
          sqsEvent(...(args[0].input.Entries ?? []).map(({ MessageBody = '' }) => MessageBody)),
          lambdaContext(),
        );
      }
    },

    async warming() {
      const items = [image('warm'), image('broken', { broken: true }), image('foreign'), { PK: `ELSE#${mark}` }];
      dynamodb.on(ScanCommand).resolves({ Items: items.map(attributesFrom), ConsumedCapacity: { CapacityUnits: 2 } });
      dynamodb.on(BatchGetItemCommand).resolves({ Responses: { sample: [attributesFrom(image('foreign'))] } });
      await store('foreign', new TextEncoder().encode(mark));
      for (const event of [{ segments: 1 }, { keys: [{ entity: 'note', id: mark }, { entity: mark }] }]) {
        await warm(
          event,
          lambdaContext(() => 60_000),
        );
      }
    },

    async failing() {
      sqs.on(SendMessageBatchCommand).rejects(new Error(mark));
      await rejects(sync({ body: mark }, lambdaContext()));
    },
  };
}
