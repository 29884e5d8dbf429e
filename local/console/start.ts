import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import cacheMap from '../../cache.config.ts';
import { createTableReader } from '../../shared/read/table.ts';
import { localClientConfig } from '../aws.ts';
import { type Stack, type StackOptions, startStack } from '../start/stack.ts';
import { createConsoleApp } from './app.ts';
import { type Controls, createControls } from './controls.ts';
import { browseCache } from './entries/browse.ts';
import { createEntries, type Entries } from './entries/entries.ts';
import { createObservation, type StackListeners } from './observation.ts';

/** A stack and its console. */
export interface WatchedStack {
  readonly stack: Stack;
  readonly consoleUrl: string;
  /** Ends both. */
  close(): Promise<void>;
}

/**
 * Starts the laptop stack with a live console beside its APIs.
 *
 * @param options as for the stack; its listeners hear what the console hears
 * @throws what {@link startStack} throws
 */
export async function startWatchedStack(options: Omit<StackOptions, 'beside'> = {}): Promise<WatchedStack> {
  const observation = createObservation();
  let running: { readonly controls: Controls; readonly entries: Entries } | undefined;
  const started = () => {
    if (running === undefined) throw new Error('the console was asked before its stack had started');
    return running;
  };
  const app = createConsoleApp({
    observation,
    controls: () => started().controls,
    entries: () => started().entries,
  });
  const listeners = bothHear(observation.listeners, options);
  const stack = await startStack({ ...options, ...listeners, beside: { path: PATH, app } });

  const client = new DynamoDBClient(localClientConfig(stack.dynamodbEndpoint));
  const cache = browseCache(stack);
  const comparison = { map: cacheMap, table: createTableReader(client, stack.table.name) };
  running = { controls: createControls(stack), entries: createEntries(cache, comparison) };
  return {
    stack,
    consoleUrl: stack.url + PATH,
    async close() {
      await stack.close();
      await cache.close();
      client.destroy();
    },
  };
}

const PATH = '/console';

function bothHear(first: StackListeners, second: Partial<StackListeners>): StackListeners {
  return {
    onRequest(report) {
      first.onRequest(report);
      second.onRequest?.(report);
    },
    onLog(line) {
      first.onLog(line);
      second.onLog?.(line);
    },
    onBatch(batch) {
      first.onBatch(batch);
      second.onBatch?.(batch);
    },
    onInvocation(report) {
      first.onInvocation(report);
      second.onInvocation?.(report);
    },
  };
}
