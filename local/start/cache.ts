import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { localClientConfig } from '../aws.ts';
import { createCacheTable } from '../dynamodb/cache-table.ts';
import { type MomentoServer, startMomentoServer } from '../momento/server.ts';
import { startRedisServer } from '../redis/redis-server.ts';
import { startSwitchableProxy } from '../redis/switchable-proxy.ts';
import type { Template } from '../template/template.ts';
import { type CacheSwitch, FOREIGN_REDIS, momentoSwitch, proxySwitch, SHARED_DYNAMODB } from './cache-switch.ts';

/** The stores that the stack can run on: those that the template can deploy. */
export const LOCAL_STORES = ['momento', 'redis', 'dynamodb'] as const;
export type LocalStore = (typeof LOCAL_STORES)[number];

/** Where the cache of a stack is. */
export type CachePlace =
  | { readonly store: 'momento'; readonly server: MomentoServer }
  | { readonly store: 'redis'; readonly url: string }
  | { readonly store: 'dynamodb'; readonly tableName: string };

/** A cache that runs, with what the functions have to be told of it. */
export interface LocalCache {
  readonly place: CachePlace;
  /** Environment variables in place of values that only a deployment has. */
  readonly variables: Readonly<Record<string, string>>;
  readonly switch: CacheSwitch;
  close(): Promise<void>;
}

/** @param seed makes the faults of the server repeatable, where they have a rate */
export async function startMomentoCache(caches: readonly string[], seed: number | undefined): Promise<LocalCache> {
  const server = await startMomentoServer({ caches, ...(seed !== undefined && { seed }) });
  return {
    place: { store: 'momento', server },
    variables: { MOMENTO_ENDPOINT: server.endpoint },
    switch: momentoSwitch(server),
    close: () => server.close(),
  };
}

/**
 * @param given a Redis that runs already; one is started when there is none
 * @throws {RedisMissing}
 * @throws {RedisUnusable} when it does not come up
 */
export async function startRedisCache(given: string | undefined): Promise<LocalCache> {
  if (given !== undefined) {
    const place = { store: 'redis', url: given } as const;
    return { place, variables: { REDIS_URL: given }, switch: FOREIGN_REDIS, close: async () => {} };
  }
  const server = await startRedisServer();
  const proxy = await startSwitchableProxy(Number(new URL(server.url).port));
  return {
    place: { store: 'redis', url: server.url },
    variables: { REDIS_URL: `redis://127.0.0.1:${proxy.port}` },
    switch: proxySwitch(proxy),
    async close() {
      await proxy.close();
      await server.stop();
    },
  };
}

/** Creates the template's cache table in the DynamoDB of the stack. */
export async function startDynamoDBCache(template: Template, endpoint: string, tableName: string): Promise<LocalCache> {
  const client = new DynamoDBClient(localClientConfig(endpoint));
  try {
    await createCacheTable(client, template, tableName);
  } finally {
    client.destroy();
  }
  return { place: { store: 'dynamodb', tableName }, variables: {}, switch: SHARED_DYNAMODB, close: async () => {} };
}
