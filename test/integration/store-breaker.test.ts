import { CredentialProvider } from '@gomomento/sdk';
import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MomentoServer, startMomentoServer } from '../../local/momento/server.ts';
import { type BreakerStore, withBreaker } from '../../shared/store/breaker.ts';
import { StoreRejected, StoreThrottled, StoreUnavailable } from '../../shared/store/errors.ts';
import { createExpiringMap } from '../../shared/store/expiring-map.ts';
import { createMemoryStore } from '../../shared/store/memory.ts';
import { createMomentoStore } from '../../shared/store/momento.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import { milliseconds, minutes } from '../../shared/time.ts';
import { describeStoreContract } from '../contract/store-contract.ts';
import { createTestClock } from '../support/clock.ts';
import { bytes, entryKey } from '../support/keys.ts';

describeStoreContract('memory behind a breaker', async () => {
  const clock = createTestClock();
  const entries = createExpiringMap<Uint8Array>(() => clock.now());
  return {
    open: async () => withBreaker(createMemoryStore({ clock, entries }), { failures: 100 }),
    pass: async (duration) => clock.advance(duration),
    close: async () => {},
  };
});

describe('store behind a breaker', () => {
  let server: MomentoServer;
  let inner: CacheStore;
  let store: BreakerStore;

  beforeAll(async () => {
    server = await startMomentoServer({ caches: ['cache'] });
    const credential = CredentialProvider.forMomentoLocal({ hostname: server.hostname, port: server.port });
    inner = await createMomentoStore({ cacheName: 'cache', credential });
  });

  beforeEach(() => {
    server.stats.reset();
    store = withBreaker(inner, { failures: 3, halfOpenAfter: milliseconds(200) });
  });

  afterEach(() => server.faults.clear());

  afterAll(async () => {
    await inner.close();
    await server.close();
  });

  const failures = {
    unavailable: { fault: { kind: 'fail', code: status.UNAVAILABLE }, error: StoreUnavailable },
    throttled: { fault: { kind: 'throttle' }, error: StoreThrottled },
  } as const;

  async function open(): Promise<void> {
    server.faults.inject(failures.unavailable.fault);
    for (let call = 0; call < 3; call += 1) await expect(store.get(entryKey())).rejects.toThrow(StoreUnavailable);
    server.faults.clear();
    server.stats.reset();
  }

  const halfOpenTime = () => new Promise((resolve) => setTimeout(resolve, 220));

  for (const [name, { fault, error }] of Object.entries(failures)) {
    it(`stops asking a store that is ${name} several times in a row, and says so`, async () => {
      server.faults.inject(fault);
      for (let call = 0; call < 3; call += 1) {
        expect(store.state).toBe('closed');
        await expect(store.get(entryKey())).rejects.toThrow(error);
      }

      expect(store.state).toBe('open');
      await expect(store.getMany([entryKey()])).rejects.toThrow(/circuit breaker is open/);
      await expect(store.setAlways(entryKey(), bytes('value'), minutes(1))).rejects.toThrow(StoreUnavailable);
      expect(server.stats.calls()).toBe(3);
    });
  }

  it('goes on asking while there are successes in between', async () => {
    for (let round = 0; round < 3; round += 1) {
      server.faults.inject({ ...failures.unavailable.fault, times: 2 });
      await expect(store.get(entryKey())).rejects.toThrow(StoreUnavailable);
      await expect(store.get(entryKey())).rejects.toThrow(StoreUnavailable);
      await store.get(entryKey());
    }

    expect(store.state).toBe('closed');
  });

  it('does not count requests that the store will never accept', async () => {
    server.faults.inject({ kind: 'fail', code: status.INVALID_ARGUMENT });
    for (let call = 0; call < 10; call += 1) await expect(store.get(entryKey())).rejects.toThrow(StoreRejected);

    expect(store.state).toBe('closed');
  });

  it('closes again when the call that tries succeeds', async () => {
    await open();
    await halfOpenTime();

    expect(await store.get(entryKey())).toBeUndefined();
    expect(store.state).toBe('closed');
  });

  it('stays open for as long again when the call that tries fails', async () => {
    await open();
    server.faults.inject(failures.unavailable.fault);
    await halfOpenTime();

    await expect(store.get(entryKey())).rejects.toThrow(/not answered/);
    await expect(store.get(entryKey())).rejects.toThrow(/circuit breaker is open/);
    expect(server.stats.calls()).toBe(1);
  });

  it('refuses the others at once while one call tries, instead of letting them wait for it', async () => {
    await open();
    server.faults.inject({ kind: 'black-hole' });
    await halfOpenTime();
    const trying = expect(store.get(entryKey(), { timeout: milliseconds(400) })).rejects.toThrow(/no answer/);
    expect(store.state).toBe('half-open');
    const start = performance.now();

    await expect(store.get(entryKey())).rejects.toThrow(/circuit breaker is open/);
    expect(performance.now() - start).toBeLessThan(200);
    await trying;
    expect(server.stats.calls()).toBe(1);
  });
});
