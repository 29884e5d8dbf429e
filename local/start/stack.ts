import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { Hono } from 'hono';
import { localAwsEnvironment, localClientConfig } from '../aws.ts';
import { startDynamoDBLocal } from '../dynamodb/dynamodb-local.ts';
import { createSampleTable, type SampleTable, TableUnusable } from '../dynamodb/sample-table.ts';
import { createHttpApi, type RequestReport } from '../http/api.ts';
import { listen } from '../http/listen.ts';
import { createLocalFunctions, type LocalFunctions } from '../lambda/functions.ts';
import type { FunctionListeners } from '../lambda/host.ts';
import type { MomentoServer } from '../momento/server.ts';
import { requireRedis, requireRedisServer } from '../redis/redis-server.ts';
import { consumeQueue } from '../sqs/consumer.ts';
import { type SqsServer, startSqsServer } from '../sqs/server.ts';
import type { InvocationReport } from '../stream/delivery.ts';
import type { Poller } from '../stream/poller.ts';
import { type ResourceValues, readTemplate, type Template } from '../template/template.ts';
import {
  type CachePlace,
  type LocalCache,
  type LocalStore,
  startDynamoDBCache,
  startMomentoCache,
  startRedisCache,
} from './cache.ts';
import type { CacheSwitch } from './cache-switch.ts';
import { startPolling } from './polling.ts';

/** Everything that the template deploys, running on this machine. */
export interface Stack {
  /** Of the HTTP APIs. */
  readonly url: string;
  readonly template: Template;
  readonly table: SampleTable;
  readonly dynamodbEndpoint: string;
  readonly cache: CachePlace;
  /** The server that the cache is in. To read it throws where the cache is in another store. */
  readonly momento: MomentoServer;
  /** Takes the cache away from the functions, or slows it. */
  readonly cacheSwitch: CacheSwitch;
  readonly sqs: SqsServer;
  readonly functions: LocalFunctions;
  readonly poller: Poller;
  /** Holds the stream back, or lets it go on: what changes meanwhile waits, and grows old. */
  holdStream(isHeld: boolean): void;
  /** Ends the poller alone: what changes from then on stays in the stream. */
  stopPolling(): Promise<void>;
  /** Ends everything, in the order in which nothing is cut off that somebody still needs. */
  close(): Promise<void>;
}

export interface StackOptions {
  /** Of the HTTP APIs; a free one when it is 0 or left out. */
  readonly port?: number;
  /** A DynamoDB (Local) that runs already; its own is started when it is left out. */
  readonly dynamodbEndpoint?: string | undefined;
  /** Where the cache is: `momento`. */
  readonly store?: LocalStore;
  /** A Redis that runs already, for the store `redis`; its own is started when it is left out. */
  readonly redisUrl?: string | undefined;
  /** Name of the table: `dynamo-cache-sync`. */
  readonly tableName?: string;
  /** Values of the template's parameters; those that are left out have their defaults. */
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** Environment variables of every function, in place of what it would have. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Takes the stream's batches in place of the template's function. */
  readonly synchronizer?: (event: DynamoDBStreamEvent) => Promise<unknown>;
  /** Makes the faults of the Momento server repeatable, where they have a rate. */
  readonly seed?: number;
  /** Hears of each line that a function prints. */
  readonly onLog?: (line: string) => void;
  /** Hears what became of each batch of the stream, record by record. */
  readonly onBatch?: NonNullable<FunctionListeners['onBatch']>;
  readonly onRequest?: (report: RequestReport) => void;
  readonly onInvocation?: (report: InvocationReport) => void;
  /** Hears of what went wrong on the way of a request or of a change, and did not end the stack. */
  readonly onError?: (error: unknown) => void;
  /** Served beside the APIs, under a path that none of them has. */
  readonly beside?: { readonly path: string; readonly app: Hono };
}

/**
 * Starts DynamoDB Local, a cache, the template's queues, its functions behind a local HTTP API, and the poller
 * that feeds the synchronizer from the table's stream. Routes, environment variables, the table and the settings of the
 * event source are those of template.yaml.
 *
 * @throws {JavaMissing} when DynamoDB Local is to be started and there is no Java for it
 * @throws {RedisMissing} when a Redis is to be started and there is none
 * @throws {RedisUnusable} when a Redis that runs already does not answer
 * @throws {TableUnusable} when a DynamoDB that runs already does not answer or has a table without a stream
 * @throws the system's error when the port is taken
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { onError = () => {}, onLog = () => {}, onBatch, store = 'momento', redisUrl } = options;
  const template = readTemplate({ parameters: { ...parametersOf(options), ...options.parameters, CacheStore: store } });
  const cleanUp = new AsyncDisposableStack();
  const closing = <Part extends { close(): Promise<void> }>(part: Part): Part =>
    cleanUp.adopt(part, () => part.close());

  try {
    // Whoever lacks it should not wait for a virtual machine first.
    if (store === 'redis') await (redisUrl === undefined ? requireRedisServer() : requireRedis(redisUrl));
    const dynamodbEndpoint = options.dynamodbEndpoint ?? (await ownDynamoDB(cleanUp));
    const table = await sampleTable(dynamodbEndpoint, template, options.tableName ?? 'dynamo-cache-sync');
    const sqs = closing(
      await startSqsServer({
        queues: template.queues.map(({ logicalId, visibilityTimeout }) => ({ name: logicalId, visibilityTimeout })),
      }),
    );
    const resources = {
      Table: table.name,
      CacheTable: `${table.name}-cache`,
      ...Object.fromEntries(template.queues.map(({ logicalId }) => [logicalId, sqs.urlOf(logicalId)])),
    };
    const cache = closing(await startCache(options, template, resources, dynamodbEndpoint));
    const machine = {
      ...localAwsEnvironment({ dynamodb: dynamodbEndpoint, sqs: sqs.endpoint }),
      ...cache.variables,
      ...options.variables,
    };
    const functions = closing(createLocalFunctions({ template, resources, machine, onLog, onBatch }));
    const { poller, hold, stop } = startPolling({ template, table, dynamodbEndpoint, sqs, functions }, options);
    cleanUp.defer(stop);
    poller.ended.catch(onError);
    consumeQueues(template, sqs, functions, onError, cleanUp);
    const { onRequest } = options;
    const api = createHttpApi({
      functions: template.functions,
      invoke: functions.invoke,
      onError,
      ...(onRequest && { onRequest }),
    });
    if (options.beside !== undefined) api.route(options.beside.path, options.beside.app);
    const http = closing(await listen(api, options.port ?? 0));

    const url = `http://127.0.0.1:${http.port}`;
    const close = (): Promise<void> => cleanUp.disposeAsync();
    return {
      ...{ url, template, table, dynamodbEndpoint, sqs, functions, poller, close },
      ...{ cache: cache.place, cacheSwitch: cache.switch, holdStream: hold, stopPolling: stop },
      get momento() {
        if (cache.place.store === 'momento') return cache.place.server;
        throw new Error(`the cache of this stack is in ${cache.place.store}, and it has no Momento server`);
      },
    };
  } catch (error) {
    await cleanUp.disposeAsync();
    throw error;
  }
}

/** What an earlier stack left in a server that it did not start must not answer for the table of this one. */
function parametersOf({ store, dynamodbEndpoint, redisUrl }: StackOptions): Record<string, string> {
  const given = { momento: undefined, redis: redisUrl, dynamodb: dynamodbEndpoint }[store ?? 'momento'];
  if (given === undefined) return {};
  return { CacheNamespace: `start-${Date.now().toString(36)}` };
}

async function ownDynamoDB(cleanUp: AsyncDisposableStack): Promise<string> {
  const server = await startDynamoDBLocal();
  cleanUp.defer(() => server.stop());
  return server.endpoint;
}

async function sampleTable(endpoint: string, template: Template, name: string): Promise<SampleTable> {
  const client = new DynamoDBClient(localClientConfig(endpoint));
  try {
    return await createSampleTable(client, template, name);
  } catch (error) {
    if (error instanceof TableUnusable) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TableUnusable(`The DynamoDB at ${endpoint} cannot be used: ${reason}`, { cause: error });
  } finally {
    client.destroy();
  }
}

function startCache(
  { store = 'momento', redisUrl, seed }: StackOptions,
  template: Template,
  resources: ResourceValues & { readonly CacheTable: string },
  dynamodbEndpoint: string,
): Promise<LocalCache> {
  switch (store) {
    case 'momento':
      return startMomentoCache(cachesOf(template, resources), seed);
    case 'redis':
      return startRedisCache(redisUrl);
    case 'dynamodb':
      return startDynamoDBCache(template, dynamodbEndpoint, resources.CacheTable);
  }
}

/** The caches that the functions want to find: one, unless somebody gives their functions different ones. */
function cachesOf(template: Template, resources: Record<string, string>): string[] {
  const names = template.functions.map((definition) => template.environment(definition, resources).CACHE_NAME);
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Redrive and audit, which take their work from queues. */
function consumeQueues(
  template: Template,
  sqs: SqsServer,
  functions: LocalFunctions,
  onError: (error: unknown) => void,
  cleanUp: AsyncDisposableStack,
): void {
  const stop = new AbortController();
  const consumers = template.functions.flatMap((definition) =>
    definition.queueSources.map(({ queue, batchSize }) =>
      consumeQueue({
        queue: sqs.queue(queue),
        batchSize,
        handler: (event) => functions.invoke(definition, event),
        signal: stop.signal,
        onError,
      }),
    ),
  );
  cleanUp.defer(async () => {
    stop.abort();
    await Promise.all(consumers);
  });
}
