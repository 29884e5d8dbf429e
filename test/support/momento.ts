import { CredentialProvider } from '@gomomento/sdk';
import { afterAll, beforeAll } from 'vitest';
import { type MomentoServer, startMomentoServer } from '../../local/momento/server.ts';
import { createMomentoStore } from '../../shared/store/momento.ts';
import type { CacheStore } from '../../shared/store/port.ts';

/** A server and a store on one of its caches. They are there while tests run. */
export interface TestMomento {
  readonly server: MomentoServer;
  readonly store: CacheStore;
}

/** Starts the embedded server, and the store by the real SDK, before the tests of a file, and ends them after those. */
export function useMomentoStore(cacheName: string): TestMomento {
  let running: TestMomento | undefined;
  const started = (): TestMomento => {
    if (running === undefined) throw new Error('the server runs only while tests do');
    return running;
  };

  beforeAll(async () => {
    const server = await startMomentoServer({ caches: [cacheName] });
    const { hostname, port } = server;
    const credential = CredentialProvider.forMomentoLocal({ hostname, port });
    running = { server, store: await createMomentoStore({ cacheName, credential }) };
  });

  afterAll(async () => {
    await running?.store.close();
    await running?.server.close();
  });

  return {
    get server() {
      return started().server;
    },
    get store() {
      return started().store;
    },
  };
}
