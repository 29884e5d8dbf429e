import { createServer, type Server, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { cache_client } from '@gomomento/generated-types/dist/cacheclient.js';
import { CredentialProvider } from '@gomomento/sdk';
import {
  Server as GrpcServer,
  type handleServerStreamingCall,
  type handleUnaryCall,
  ServerCredentials,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../local/momento/faults.ts';
import { type MomentoServer, startMomentoServer } from '../../local/momento/server.ts';
import { StoreRejected, StoreThrottled, StoreUnavailable } from '../../shared/store/errors.ts';
import { createMomentoStore, type MomentoStoreOptions } from '../../shared/store/momento.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import { hours, milliseconds, minutes, seconds } from '../../shared/time.ts';
import { describeStoreContract } from '../contract/store-contract.ts';
import { createTestClock } from '../support/clock.ts';
import { bytes, entryKey, plainKey, text } from '../support/keys.ts';

const CACHE = 'cache';

describeStoreContract('momento', async () => {
  const clock = createTestClock();
  const server = await startMomentoServer({ caches: [CACHE], clock });
  const faults: Record<'unreachable' | 'silent' | 'throttling', Fault> = {
    unreachable: { kind: 'fail', code: status.UNAVAILABLE },
    silent: { kind: 'black-hole' },
    throttling: { kind: 'throttle' },
  };
  return {
    open: () => connect(server),
    pass: async (duration) => clock.advance(duration),
    maxValueBytes: 5 * 1024 * 1024 - 1_024,
    outage: {
      begin: async (kind) => void server.faults.inject(faults[kind]),
      end: async () => server.faults.clear(),
    },
    async close() {
      expect(server.stats.mixedKeys(), 'keys that were written both conditionally and plainly').toEqual([]);
      await server.close();
    },
  };
});

describe('momento store', () => {
  const clock = createTestClock();
  let server: MomentoServer;
  let store: CacheStore;

  // One server for each test: a call that one test gave up may still reach the server while the next one counts calls.
  beforeEach(async () => {
    server = await startMomentoServer({ caches: [CACHE], clock });
    store = await connect(server);
  });

  afterEach(async () => {
    expect(server.stats.mixedKeys(), 'keys that were written both conditionally and plainly').toEqual([]);
    await store.close();
    await server.close();
  });

  const patient = { timeout: seconds(10), attempts: 4 };

  describe('round trips', () => {
    it('takes one call for each operation that meets no fault', async () => {
      const key = entryKey();
      await store.get(key);
      await store.getMany([key, plainKey()]);
      await store.setIfAbsent(key, bytes('1'), minutes(1));
      await store.setIfUnchanged(key, bytes('2'), bytes('1'), minutes(1));
      await store.setAlways(key, bytes('3'), minutes(1));
      await store.setMany([{ key: plainKey(), value: bytes('4'), ttl: minutes(1) }]);

      expect(server.stats.calls('Get')).toBe(1);
      expect(server.stats.calls('GetBatch')).toBe(1);
      expect(server.stats.calls('SetIf')).toBe(3);
      expect(server.stats.calls()).toBe(6);
    });

    it('takes no second call to report a conflict that no fault preceded', async () => {
      const key = entryKey();
      await store.setIfAbsent(key, bytes('first'), minutes(1));
      server.stats.reset();

      expect(await store.setIfAbsent(key, bytes('second'), minutes(1), patient)).toBe(false);
      expect(server.stats.calls()).toBe(1);
    });

    it('takes none for empty lists', async () => {
      await store.getMany([]);
      await store.setMany([]);

      expect(server.stats.calls()).toBe(0);
    });
  });

  describe('retries', () => {
    for (const code of [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.INTERNAL, status.CANCELLED]) {
      it(`repeats reads and conditional writes after ${status[code]}, as often as allowed and no oftener`, async () => {
        server.faults.inject({ kind: 'fail', code });
        const key = entryKey();

        await expect(store.get(key, patient)).rejects.toThrow(StoreUnavailable);
        await expect(store.getMany([key], patient)).rejects.toThrow(StoreUnavailable);
        await expect(store.setIfAbsent(key, bytes('value'), minutes(1), patient)).rejects.toThrow(StoreUnavailable);

        expect(server.stats.calls('Get')).toBe(4);
        expect(server.stats.calls('GetBatch')).toBe(4);
        expect(server.stats.calls('SetIf')).toBe(4);
      });
    }

    it('tries once where the caller does not ask for more', async () => {
      server.faults.inject({ kind: 'fail', code: status.UNAVAILABLE });

      await expect(store.get(entryKey())).rejects.toThrow(StoreUnavailable);
      expect(server.stats.calls()).toBe(1);
    });

    it('succeeds at the attempt that the fault lets through', async () => {
      server.faults.inject({ kind: 'fail', code: status.UNAVAILABLE, times: 2 });
      const key = entryKey();

      expect(await store.setIfAbsent(key, bytes('value'), minutes(1), patient)).toBe(true);
      expect(server.stats.calls('SetIf')).toBe(3);
    });

    it('takes throttling for what it is, and repeats with a pause only if attempts remain', async () => {
      server.faults.inject({ kind: 'throttle', times: 2 });
      const key = entryKey();
      await expect(store.get(key)).rejects.toThrow(StoreThrottled);
      const start = performance.now();

      expect(await store.get(key, patient)).toBeUndefined();
      expect(performance.now() - start).toBeGreaterThanOrEqual(10);
      expect(server.stats.calls()).toBe(3);
    });

    it('never repeats a plain write, whatever its caller allows', async () => {
      for (const code of [status.UNAVAILABLE, status.INTERNAL, status.CANCELLED, status.RESOURCE_EXHAUSTED]) {
        server.faults.inject({ kind: 'fail', code, times: 2 });
        const write = { key: plainKey(), value: bytes('value'), ttl: minutes(1) };

        await expect(store.set(write.key, write.value, write.ttl, patient)).rejects.toThrow();
        await expect(store.setMany([write], patient)).rejects.toThrow();
      }

      expect(server.stats.calls('Set')).toBe(4);
      expect(server.stats.calls('SetBatch')).toBe(4);
    });

    it('does not repeat what the service will never accept', async () => {
      for (const { code, reason } of [
        { code: status.INVALID_ARGUMENT, reason: 'invalid' },
        { code: status.PERMISSION_DENIED, reason: 'denied' },
        { code: status.UNAUTHENTICATED, reason: 'denied' },
        { code: status.NOT_FOUND, reason: 'not-found' },
      ]) {
        server.faults.inject({ kind: 'fail', code, times: 1 });
        await expect(store.get(entryKey(), patient)).rejects.toMatchObject({ name: StoreRejected.name, reason });
      }
      expect(server.stats.calls()).toBe(4);
    });

    it('gives up in time when a silent service leaves no time for another attempt', async () => {
      server.faults.inject({ kind: 'black-hole' });
      const impatient = await connect(server, { attemptTimeout: milliseconds(100) });
      const start = performance.now();

      await expect(impatient.getMany([entryKey()], { timeout: milliseconds(350), attempts: 50 })).rejects.toThrow(
        StoreUnavailable,
      );
      expect(performance.now() - start).toBeLessThan(700);
      expect(server.stats.calls('GetBatch')).toBeGreaterThan(1);
      await impatient.close();
    });
  });

  describe('lost answers', () => {
    it('recognises its own write where there was nothing', async () => {
      server.faults.inject({ kind: 'answer-lost', on: 'SetIf', times: 1 });
      const key = entryKey();

      expect(await store.setIfAbsent(key, bytes('ours'), minutes(1), patient)).toBe(true);
      expect(text(await store.get(key))).toBe('ours');
    });

    it('recognises its own write over what was expected', async () => {
      const key = entryKey();
      await store.setIfAbsent(key, bytes('first'), minutes(1));
      server.faults.inject({ kind: 'answer-lost', on: 'SetIf', code: status.DEADLINE_EXCEEDED, times: 2 });

      expect(await store.setIfUnchanged(key, bytes('ours'), bytes('first'), minutes(1), patient)).toBe(true);
      expect(text(await store.get(key))).toBe('ours');
    });

    it('takes an unconditional write that is there for done', async () => {
      server.faults.inject({ kind: 'answer-lost', on: 'SetIf', times: 1 });
      const key = entryKey();

      await store.setAlways(key, bytes('ours'), minutes(1), patient);
      expect(text(await store.get(key))).toBe('ours');
      expect(server.stats.calls('SetIf')).toBe(2);
    });

    it('does not take somebody else’s write for its own', async () => {
      const key = entryKey();
      await store.setIfAbsent(key, bytes('theirs'), minutes(1));
      server.faults.inject({ kind: 'fail', code: status.UNAVAILABLE, on: 'SetIf', times: 1 });

      expect(await store.setIfAbsent(key, bytes('ours'), minutes(1), patient)).toBe(false);
    });

    it('does not report a conflict that it could not look into', async () => {
      server.faults.inject({ kind: 'answer-lost', on: 'SetIf', times: 1 });
      server.faults.inject({ kind: 'fail', code: status.UNAVAILABLE, on: 'Get' });

      await expect(store.setIfAbsent(entryKey(), bytes('ours'), minutes(1), patient)).rejects.toThrow(StoreUnavailable);
    });

    it('recognises a write that is applied only after its first attempt was given up', async () => {
      const impatient = await connect(server, { attemptTimeout: milliseconds(200) });
      server.faults.inject({ kind: 'apply-late', by: milliseconds(225), on: 'SetIf', times: 1 });
      server.faults.inject({ kind: 'delay', by: milliseconds(150), on: 'SetIf', times: 1 });
      const key = entryKey();

      expect(await impatient.setIfAbsent(key, bytes('ours'), minutes(1), patient)).toBe(true);
      expect(text(await store.get(key))).toBe('ours');
      await impatient.close();
    });

    it('rejects a plain write that is applied after it was given up: nobody knows', async () => {
      server.faults.inject({ kind: 'apply-late', by: milliseconds(200), on: 'Set', times: 1 });
      const key = plainKey();

      await expect(store.set(key, bytes('late'), minutes(1), { timeout: milliseconds(50) })).rejects.toThrow(
        StoreUnavailable,
      );
      expect(await store.get(key)).toBeUndefined();
      await expect.poll(async () => text(await store.get(key))).toBe('late');
    });
  });

  describe('batches', () => {
    it('bounds a getBatch that is never answered, which the SDK would wait for without end', async () => {
      server.faults.inject({ kind: 'black-hole', on: 'GetBatch' });
      const start = performance.now();

      await expect(store.getMany([entryKey()], { timeout: milliseconds(150) })).rejects.toThrow(/no answer within/);
      expect(performance.now() - start).toBeLessThan(500);
    });

    it('bounds a call of several batches by one timeout, not by one for each', async () => {
      server.faults.inject({ kind: 'black-hole' });
      const keys = Array.from({ length: 6_001 }, () => plainKey());
      const start = performance.now();

      await expect(store.getMany(keys, { timeout: milliseconds(300) })).rejects.toThrow(StoreUnavailable);
      expect(performance.now() - start).toBeLessThan(900);
    });

    it('repeats only the batch that failed', async () => {
      server.faults.inject({ kind: 'fail', code: status.UNAVAILABLE, on: 'GetBatch', times: 1 });
      await store.getMany(
        Array.from({ length: 2_500 }, () => plainKey()),
        patient,
      );

      expect(server.stats.calls('GetBatch')).toBe(4);
    });

    it('has settled every part of a write before it rejects', async () => {
      server.faults.inject({ kind: 'fail', code: status.UNAVAILABLE, on: 'SetBatch', times: 1 });
      const writes = Array.from({ length: 2_500 }, () => ({ key: plainKey(), value: bytes('v'), ttl: minutes(1) }));

      await expect(store.setMany(writes, { timeout: seconds(10) })).rejects.toThrow(StoreUnavailable);
      expect(server.stats.calls('SetBatch')).toBe(3);
    });
  });

  describe('limits', () => {
    it('rejects as too large what only the service knows to be too large', async () => {
      const optimist = await connect(server, { maxItemBytes: 20 * 1024 * 1024 });
      const value = new Uint8Array(6 * 1024 * 1024);

      await expect(optimist.setIfAbsent(entryKey(), value, minutes(1), patient)).rejects.toMatchObject({
        reason: 'too-large',
      });
      expect(server.stats.calls('SetIf')).toBe(1);
      await optimist.close();
    });

    it('says when there is no such cache', async () => {
      const lost = await connect(server, { cacheName: 'no-such-cache' });

      await expect(lost.get(entryKey(), patient)).rejects.toMatchObject({ reason: 'not-found' });
      await expect(lost.setMany([{ key: plainKey(), value: bytes('v'), ttl: minutes(1) }])).rejects.toMatchObject({
        reason: 'not-found',
      });
      await lost.close();
    });

    it('rounds a TTL up to the whole seconds that the service takes', async () => {
      const key = entryKey();
      await store.setIfAbsent(key, bytes('value'), milliseconds(1_001));
      clock.advance(milliseconds(1_900));

      expect(text(await store.get(key))).toBe('value');
    });

    it('does not let the SDK’s default stand in for a TTL of zero', async () => {
      const key = plainKey();
      await store.set(key, bytes('value'), milliseconds(0));
      clock.advance(milliseconds(1_001));

      expect(await store.get(key)).toBeUndefined();
    });

    it('keeps an entry for 24 hours where it was asked for longer', async () => {
      const key = entryKey();
      await store.setAlways(key, bytes('value'), hours(48));
      clock.advance(hours(24));

      expect(await store.get(key)).toBeUndefined();
    });
  });
});

describe('momento store and its connection', () => {
  it('goes on after the service was restarted', async () => {
    const first = await startMomentoServer({ caches: [CACHE] });
    const store = await connect(first);
    const key = entryKey();
    await store.setIfAbsent(key, bytes('value'), minutes(1));

    await first.close();
    await expect(store.get(key, { timeout: milliseconds(500), attempts: 2 })).rejects.toThrow(StoreUnavailable);
    const second = await startMomentoServer({ port: first.port, storage: first.storage });

    expect(text(await store.get(key, { timeout: seconds(10), attempts: 5 }))).toBe('value');
    await store.close();
    await second.close();
  });

  it('rejects at once what is on its way when the service dies', async () => {
    const server = await startMomentoServer({ caches: [CACHE] });
    const store = await connect(server);
    server.faults.inject({ kind: 'black-hole' });
    const start = performance.now();
    const calls = [
      store.get(entryKey(), { timeout: seconds(8) }),
      store.getMany([entryKey()], { timeout: seconds(8) }),
      store.setIfAbsent(entryKey(), bytes('value'), minutes(1), { timeout: seconds(8) }),
      store.setMany([{ key: plainKey(), value: bytes('v'), ttl: minutes(1) }], { timeout: seconds(8) }),
    ].map((call) => expect(call).rejects.toThrow(StoreUnavailable));
    await expect.poll(() => server.stats.calls()).toBe(4);
    await server.close();

    await Promise.all(calls);
    expect(performance.now() - start).toBeLessThan(4_000);
    await store.close();
  });

  it('starts while nothing listens, and connects when something does', async () => {
    const reserved = await startMomentoServer();
    await reserved.close();
    const start = performance.now();
    const store = await connect(reserved);
    expect(performance.now() - start).toBeLessThan(1_500);
    await expect(store.get(entryKey())).rejects.toThrow(StoreUnavailable);

    const server = await startMomentoServer({ port: reserved.port, caches: [CACHE] });
    expect(await store.get(entryKey(), { timeout: seconds(10), attempts: 5 })).toBeUndefined();
    await store.close();
    await server.close();
  });

  it('tells the log that it was given why it could not connect', async () => {
    const reserved = await startMomentoServer();
    await reserved.close();
    const messages: string[] = [];
    const log = { info: () => {}, warn: () => {}, error: (message: string) => void messages.push(message) };
    const store = await connect(reserved, { log });

    expect(messages.join('\n')).toMatch(/unable to/i);
    await store.close();
  });

  for (const { peer, onConnection } of [
    { peer: 'says nothing', onConnection: () => {} },
    { peer: 'hangs up', onConnection: (socket: Socket) => void socket.destroy() },
    {
      peer: 'speaks something else',
      onConnection: (socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(100)),
    },
  ]) {
    it(`starts and rejects calls within their bounds when the other end ${peer}`, async () => {
      const sockets = new Set<Socket>();
      const { port, stop } = await listen(sockets, onConnection);
      const start = performance.now();
      const store = await connect({ hostname: '127.0.0.1', port }, { connectTimeout: milliseconds(300) });
      expect(performance.now() - start).toBeLessThan(1_000);

      const called = performance.now();
      const options = { timeout: milliseconds(300), attempts: 2 };
      await Promise.all([
        expect(store.get(entryKey(), options)).rejects.toThrow(StoreUnavailable),
        expect(store.getMany([entryKey()], options)).rejects.toThrow(StoreUnavailable),
        expect(store.setAlways(entryKey(), bytes('v'), minutes(1), options)).rejects.toThrow(StoreUnavailable),
        expect(store.set(plainKey(), bytes('v'), minutes(1), options)).rejects.toThrow(StoreUnavailable),
      ]);
      expect(performance.now() - called).toBeLessThan(1_000);
      await store.close();
      await stop();
    });
  }
});

describe('momento store and a service that answers nonsense', () => {
  const { Hit, Ok, Invalid } = cache_client.ECacheResult;
  const value = new cache_client._GetResponse({ result: Hit, cache_body: bytes('value') });
  const done = new cache_client._SetResponse({ result: Ok });

  it('rejects a batch of answers that is shorter or longer than the batch of keys', async () => {
    for (const answers of [[], [value], [value, value, value]]) {
      const { store, stop } = await serve({ GetBatch: answerAll(answers) });
      await expect(store.getMany([entryKey(), entryKey()])).rejects.toThrow(/has \d parts for the 2/);
      await stop();
    }
  });

  it('rejects a batch of answers that breaks off', async () => {
    const breakOff: handleServerStreamingCall<unknown, cache_client._GetResponse> = (call) => {
      call.write(value);
      setTimeout(() => call.destroy(Object.assign(new Error('broken'), { code: status.INTERNAL })), 20);
    };
    const { store, stop } = await serve({ GetBatch: breakOff });
    await expect(store.getMany([entryKey(), entryKey()])).rejects.toThrow(StoreUnavailable);
    await stop();
  });

  it('rejects a batch of writes of which one is not confirmed', async () => {
    const writes = [1, 2].map(() => ({ key: plainKey(), value: bytes('v'), ttl: minutes(1) }));
    for (const answers of [[], [done], [done, new cache_client._SetResponse({ result: Invalid })]]) {
      const { store, stop } = await serve({ SetBatch: answerAll(answers) });
      await expect(store.setMany(writes)).rejects.toThrow(StoreUnavailable);
      await stop();
    }
  });

  it('rejects answers without a result', async () => {
    const { store, stop } = await serve({
      Get: answerOne(new cache_client._GetResponse()),
      SetIf: answerOne(new cache_client._SetIfResponse()),
    });
    await expect(store.get(entryKey())).rejects.toThrow(StoreUnavailable);
    await expect(store.setIfAbsent(entryKey(), bytes('v'), minutes(1))).rejects.toThrow(StoreUnavailable);
    await expect(store.setAlways(entryKey(), bytes('v'), minutes(1))).rejects.toThrow(StoreUnavailable);
    await stop();
  });

  /** A service that implements the given methods, in its own way. */
  async function serve(methods: UntypedServiceImplementation) {
    const service = new GrpcServer();
    service.addService(cache_client.UnimplementedScsService.definition, methods);
    const bind = promisify(service.bindAsync.bind(service));
    const port = await bind('127.0.0.1:0', ServerCredentials.createInsecure());
    const store = await connect({ hostname: '127.0.0.1', port });
    const stop = async () => {
      await store.close();
      service.forceShutdown();
    };
    return { store, stop };
  }

  const answerOne =
    <Answer>(answer: Answer): handleUnaryCall<unknown, Answer> =>
    (_call, callback) =>
      callback(null, answer);

  const answerAll =
    <Answer>(answers: Answer[]): handleServerStreamingCall<unknown, Answer> =>
    (call) => {
      for (const answer of answers) call.write(answer);
      call.end();
    };
});

function connect(
  { hostname, port }: Pick<MomentoServer, 'hostname' | 'port'>,
  options: Partial<MomentoStoreOptions> = {},
): Promise<CacheStore> {
  const credential = CredentialProvider.forMomentoLocal({ hostname, port });
  return createMomentoStore({ cacheName: CACHE, credential, ...options });
}

async function listen(
  sockets: Set<Socket>,
  onConnection: (socket: Socket) => void,
): Promise<{ port: number; stop: () => Promise<void> }> {
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test needs a TCP port');
  return {
    port: address.port,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
