import { CredentialProvider } from '@gomomento/sdk';
import { status } from '@grpc/grpc-js';
import type { Context } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type MomentoServer, startMomentoServer } from '../../local/momento/server.ts';
import { decodeEntry } from '../../shared/entry/entry.ts';
import type { Item } from '../../shared/entry/item.ts';
import { decodePayload } from '../../shared/entry/payload.ts';
import { entryKey } from '../../shared/map/cache-key.ts';
import { defineCacheMap } from '../../shared/map/cache-map.ts';
import { collection } from '../../shared/map/collection.ts';
import { entity } from '../../shared/map/entity.ts';
import { textOf } from '../../shared/map/item-attributes.ts';
import { createReader } from '../../shared/read/reader.ts';
import { createMomentoStore } from '../../shared/store/momento.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import type { BatchResponse } from '../../shared/sync/batch.ts';
import { hours, milliseconds, seconds } from '../../shared/time.ts';
import { lambdaRecord } from '../support/lambda-records.ts';
import { createMemoryTable } from '../support/memory-table.ts';

const CACHE = 'handler-test';
const NAMESPACE = 'handler';
/** Stands in every item and key; must stand in no log and no metric. */
const CANARY = 'canary-4711';

const user = entity('user', {
  key: { PK: 'USER#{name}' },
  onChange: 'refresh',
  prefill: true,
  ttl: hours(1),
  project: (item) => {
    if (item.broken === true) throw new RangeError(`cannot project ${CANARY}`);
    return { name: item.name, revision: item.revision };
  },
});
const team = collection('team', {
  of: user,
  by: (image) => [{ team: textOf(image, 'team') }],
  query: ({ team: name }) => ({ KeyConditionExpression: 't = :t', ExpressionAttributeValues: { ':t': name } }),
  settle: seconds(0),
  onChange: 'invalidate',
  ttl: hours(1),
});

let server: MomentoServer;
let handler: (event: unknown, context: Context) => Promise<BatchResponse>;
let store: CacheStore;
let output: string[];
let names = 0;

beforeAll(async () => {
  server = await startMomentoServer({ caches: [CACHE] });
  vi.stubEnv('CACHE_STORE', 'momento');
  vi.stubEnv('CACHE_NAME', CACHE);
  vi.stubEnv('CACHE_NAMESPACE', NAMESPACE);
  vi.stubEnv('MOMENTO_ENDPOINT', server.endpoint);
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'DEBUG');
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'sync');
  const { createSyncFunction } = await import('../../shared/runtime/sync-function.ts');
  handler = await createSyncFunction(defineCacheMap({ entities: [user], collections: [team] }));
  const { hostname, port } = server;
  store = await createMomentoStore({
    cacheName: CACHE,
    credential: CredentialProvider.forMomentoLocal({ hostname, port }),
  });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await store.close();
  await server.close();
});

beforeEach(() => {
  output = [];
  const capture = (chunk: unknown): boolean => {
    output.push(...String(chunk).split('\n').filter(Boolean));
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(capture);
  vi.spyOn(process.stderr, 'write').mockImplementation(capture);
});

afterEach(() => {
  server.faults.clear();
  vi.restoreAllMocks();
  expect(server.stats.mixedKeys()).toEqual([]);
  expect(output.join('\n')).not.toContain(CANARY);
});

describe('the handler over Momento', () => {
  it('applies a batch and has nothing retried', async () => {
    const [ann, bea] = [newName(), newName()];

    expect(await invoke([put(1, ann), put(2, bea), put(3, ann, 1)])).toEqual({ batchItemFailures: [] });
    expect(await cached(ann)).toEqual({ name: ann, revision: 3 });
    expect(await cached(bea)).toEqual({ name: bea, revision: 2 });
  });

  it('writes nothing when the batch is delivered again', async () => {
    const batch = [put(1, newName()), put(2, newName())];
    await invoke(batch);
    server.stats.reset();
    await invoke(batch);

    expect(server.stats.calls('SetIf')).toBe(0);
    expect(server.stats.calls('GetBatch')).toBe(1);
  });

  it('makes a reader see the change: hit, change, hit', async () => {
    const name = newName();
    const table = createMemoryTable();
    table.put({ PK: `USER#${name}` }, image(name, 1));
    const reader = createReader({ store, table, namespace: NAMESPACE });
    await invoke([put(1, name)]);
    expect(await reader.get(user, { name })).toEqual({ outcome: 'hit', value: { name, revision: 1 } });

    await invoke([put(2, name, 1)]);
    expect(await reader.get(user, { name })).toEqual({ outcome: 'hit', value: { name, revision: 2 } });
    expect(table.calls).toEqual([]);
  });

  it('makes pages that a change concerns invalid', async () => {
    const name = newName();
    const table = createMemoryTable();
    const reader = createReader({ store, table, namespace: NAMESPACE });
    await reader.query(team, { team: 'red' });
    expect((await reader.query(team, { team: 'red' })).outcome).toBe('hit');

    await invoke([put(1, name)]);
    expect((await reader.query(team, { team: 'red' })).outcome).toBe('miss');
  });
});

describe('the handler and a cache with faults', () => {
  it('has the batch retried while the cache is unavailable, and then applies it', async () => {
    const name = newName();
    const batch = [put(11, name), put(12, newName())];
    server.faults.inject({ kind: 'fail', code: status.UNAVAILABLE });
    expect(await invoke(batch, 5_000)).toEqual({ batchItemFailures: [{ itemIdentifier: '11' }] });
    expect(await invoke(batch, 5_000)).toEqual({ batchItemFailures: [{ itemIdentifier: '11' }] });

    server.faults.clear();
    expect(await invoke(batch)).toEqual({ batchItemFailures: [] });
    expect(await cached(name)).toEqual({ name, revision: 11 });
  });

  it('rides out a short unavailability by itself', async () => {
    const name = newName();
    server.faults.inject({ kind: 'fail', code: status.UNAVAILABLE, on: 'GetBatch', times: 1 });
    server.faults.inject({ kind: 'fail', code: status.UNAVAILABLE, on: 'SetIf', times: 2 });

    expect(await invoke([put(1, name)])).toEqual({ batchItemFailures: [] });
    expect(await cached(name)).toEqual({ name, revision: 1 });
  });

  it('takes a write whose answer was lost for what it is: its own', async () => {
    const name = newName();
    server.faults.inject({ kind: 'answer-lost', on: 'SetIf', times: 1 });

    expect(await invoke([put(1, name)])).toEqual({ batchItemFailures: [] });
    expect(await cached(name)).toEqual({ name, revision: 1 });
    expect(metricsOf('Conflicts')).toEqual([]);
  });

  it('has only the throttled items retried', async () => {
    const batch = Array.from({ length: 4 }, (_, i) => put(21 + i, newName()));
    await invoke(batch.slice(0, 2));
    output = [];
    server.faults.inject({ kind: 'throttle', on: 'SetIf' });

    expect(await invoke(batch, 5_000)).toEqual({ batchItemFailures: [{ itemIdentifier: '23' }] });
    expect(metricsOf('StoreThrottled').flat()).toEqual([1, 1]);
    expect(metricsOf('Failed')).toEqual([2]);
    expect(metricsOf('Skipped')).toEqual([2]);
  });

  it('answers in time when the cache never does', async () => {
    server.faults.inject({ kind: 'black-hole' });
    const start = performance.now();

    expect(await invoke([put(31, newName())], 2_500)).toEqual({ batchItemFailures: [{ itemIdentifier: '31' }] });
    expect(performance.now() - start).toBeLessThan(2_400);
  });

  it('is not led astray by a write that is applied after it was given up', async () => {
    const name = newName();
    await invoke([put(1, name)]);
    server.faults.inject({ kind: 'apply-late', by: milliseconds(1_800), on: 'SetIf', times: 1 });
    server.faults.inject({ kind: 'fail', code: status.UNAVAILABLE, on: 'SetIf', times: 4 });
    const update = put(2, name, 1);
    expect(await invoke([update], 2_500)).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });

    server.faults.clear();
    expect(await invoke([update, put(3, name, 2)])).toEqual({ batchItemFailures: [] });
    // The write that was given up lands now, and finds something else than what it was conditional on.
    await new Promise((resolve) => setTimeout(resolve, 1_900));
    expect(await cached(name)).toEqual({ name, revision: 3 });
  });

  it('gets everything applied in the end where many calls fail or lose their answers', async () => {
    const batch = Array.from({ length: 30 }, (_, i) => put(100 + i, newName()));
    server.faults.inject({ kind: 'fail', code: status.UNAVAILABLE, rate: 0.2 });
    server.faults.inject({ kind: 'answer-lost', rate: 0.2 });
    let pending = batch;
    for (let delivery = 0; pending.length > 0 && delivery < 20; delivery++) {
      const [failure] = (await invoke(pending)).batchItemFailures;
      const from = pending.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === failure?.itemIdentifier);
      pending = from === -1 ? [] : pending.slice(from);
    }
    server.faults.clear();

    expect(pending).toEqual([]);
    for (const { dynamodb } of batch) {
      const name = String(dynamodb.Keys.PK?.S).slice('USER#'.length);
      expect(await cached(name)).toMatchObject({ revision: Number(dynamodb.SequenceNumber) });
    }
  });
});

describe('what the handler emits', () => {
  it('are metrics of each decision, with the propagation delay as a distribution', async () => {
    const [ann, bea, cat] = [newName(), newName(), newName()];
    await invoke([put(1, ann), put(2, bea)]);
    output = [];
    await invoke([
      put(1, ann),
      put(3, bea, 2),
      put(4, bea, 3),
      { ...put(5, cat), eventName: 'TRUNCATE' },
      lambdaRecord({ type: 'REMOVE', key: { PK: `OTHER#${CANARY}` }, sequence: 6, createdAt: Date.now() }),
    ]);

    expect(metricsOf('Records')).toEqual([5]);
    expect(metricsOf('Refreshed')).toEqual([1]);
    expect(metricsOf('Coalesced')).toEqual([1]);
    expect(metricsOf('Skipped')).toEqual([1]);
    expect(metricsOf('Quarantined')).toEqual([1]);
    expect(metricsOf('NoEntity')).toEqual([1]);
    expect(metricsOf('Failed')).toEqual([0]);
    expect(metricsOf('StoreOperations')).toHaveLength(1);
    const delays = metricsOf('PropagationDelay').flat();
    expect(delays).toHaveLength(1);
    expect(delays[0]).toBeGreaterThanOrEqual(0);
    expect(delays[0]).toBeLessThan(5_000);
    expect(unitOf('PropagationDelay')).toBe('Milliseconds');
  });

  it('counts an unchanged projection, a removal and a tombstone', async () => {
    const [ann, bea, cat] = [newName(), newName(), newName()];
    await invoke([put(1, ann), put(2, bea), put(3, cat)]);
    output = [];
    await invoke([change(4, ann, image(ann, 1), { ...image(ann, 1), seen: true }), remove(5, bea), broken(6, cat)]);

    expect(metricsOf('Unchanged')).toEqual([1]);
    expect(metricsOf('Absent')).toEqual([1]);
    expect(metricsOf('Tombstoned')).toEqual([1]);
    expect(metricsOf('ProjectionErrors')).toEqual([1]);
  });

  it('are samples of the delays where there are more than one line takes, the longest among them', async () => {
    const slow = put(1, newName(), 0, Date.now() - 20_000);
    await invoke([slow, ...Array.from({ length: 250 }, (_, i) => put(2 + i, newName()))]);
    const delays = metricsOf('PropagationDelay').flat();

    expect(delays.length).toBeGreaterThan(0);
    expect(delays.length).toBeLessThanOrEqual(100);
    expect(Math.max(...delays)).toBeGreaterThanOrEqual(19_000);
  });

  it('are logs of what went wrong, with a hash for the key', async () => {
    const name = newName();
    await invoke([put(1, name)]);
    const batch = [broken(2, name), { ...put(3, newName()), eventName: CANARY }];
    server.faults.inject({ kind: 'fail', code: status.UNAVAILABLE, on: 'SetIf' });
    await invoke(batch, 5_000);
    server.faults.clear();
    await invoke(batch);
    const messages = output.filter((line) => line.includes('"message"')).map((line) => JSON.parse(line));

    expect(messages).toContainEqual(
      expect.objectContaining({ level: 'WARN', retryFrom: '2', firstError: 'StoreUnavailable' }),
    );
    expect(messages).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        entity: 'user',
        error: 'RangeError',
        keyHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      }),
    );
    expect(messages).toContainEqual(expect.objectContaining({ message: 'record quarantined', sequenceNumber: '3' }));
  });

  it('names no data when the event is not one', async () => {
    expect(await handler({ body: CANARY }, contextWith(30_000))).toEqual({ batchItemFailures: [] });
    expect(metricsOf('Quarantined')).toEqual([1]);
    expect(output.join('\n')).toContain('record quarantined');
  });
});

function newName(): string {
  names += 1;
  return `${CANARY}-${names}`;
}

function image(name: string, revision: number): Item {
  return { PK: `USER#${name}`, name, revision, team: 'red' };
}

function change(sequence: number, name: string, oldImage?: Item, newImage?: Item, createdAt = Date.now()) {
  const type = oldImage === undefined ? 'INSERT' : newImage === undefined ? 'REMOVE' : 'MODIFY';
  return lambdaRecord({ type, key: { PK: `USER#${name}` }, oldImage, newImage, sequence, createdAt });
}

function put(sequence: number, name: string, before = 0, createdAt = Date.now()) {
  const oldImage = before === 0 ? undefined : image(name, before);
  return change(sequence, name, oldImage, image(name, sequence), createdAt);
}

const remove = (sequence: number, name: string) => change(sequence, name, image(name, sequence - 1));

const broken = (sequence: number, name: string) =>
  change(sequence, name, image(name, 1), { ...image(name, sequence), broken: true });

function invoke(records: readonly unknown[], remaining = 30_000): Promise<BatchResponse> {
  return handler({ Records: records }, contextWith(remaining));
}

function contextWith(remaining: number): Context {
  const end = performance.now() + remaining;
  const name = 'sync';
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: name,
    functionVersion: '1',
    invokedFunctionArn: `arn:aws:lambda:eu-central-1:123456789012:function:${name}`,
    memoryLimitInMB: '256',
    awsRequestId: 'request',
    logGroupName: name,
    logStreamName: name,
    getRemainingTimeInMillis: () => end - performance.now(),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}

async function cached(name: string): Promise<unknown> {
  const bytes = await store.get(entryKey(NAMESPACE, user, { PK: `USER#${name}` }));
  const entry = bytes && decodeEntry(bytes);
  return entry?.kind === 'value' ? decodePayload(entry.payload) : entry?.kind;
}

/** What was emitted of a metric, line by line: a number, or a list of them. */
function metricsOf(metric: string): (number | number[])[] {
  return metricLines().flatMap((line) => (metric in line ? [line[metric]] : []));
}

function unitOf(metric: string): string | undefined {
  const definitions = metricLines().flatMap(({ _aws }) => _aws.CloudWatchMetrics[0].Metrics);
  return definitions.find(({ Name }) => Name === metric)?.Unit;
}

function metricLines() {
  return output.filter((line) => line.startsWith('{"_aws"')).map((line) => JSON.parse(line));
}
