import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { encodeEntry, newNonce } from '../../shared/entry/entry.ts';
import { StoreRejected, StoreThrottled, StoreUnavailable } from '../../shared/store/errors.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import { createRedisStore, type RedisStoreOptions } from '../../shared/store/redis.ts';
import { milliseconds, minutes, seconds } from '../../shared/time.ts';
import { bytes, entryKey, plainKey, text } from '../support/keys.ts';
import { describeWithRedis, type RedisServer, startRedis, untilTrue } from '../support/redis.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const patient = { timeout: seconds(10), attempts: 6 };

const connect = ({ port }: { port: number }, options: Partial<RedisStoreOptions> = {}): Promise<CacheStore> =>
  createRedisStore({ url: `redis://127.0.0.1:${port}`, ...options });

describeWithRedis('redis store', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let store: CacheStore;

  beforeEach(async () => {
    server = await startRedis();
    proxy = await startTcpProxy(server.port);
    store = await connect(proxy);
  });

  afterEach(async () => {
    await store.close();
    await proxy.close();
    await server.stop();
  });

  /** How often the server ran a command. */
  async function calls(command: string): Promise<number> {
    const stats = await server.cli('INFO', 'commandstats');
    return Number(stats.match(new RegExp(`cmdstat_${command}:calls=(\\d+)`))?.[1] ?? 0);
  }

  describe('comparing', () => {
    const entry = (body: string, nonce = newNonce()) =>
      encodeEntry({
        kind: 'value',
        nonce,
        at: 1_790_000_000_123,
        origin: { by: 'stream' },
        floor: 'unknown',
        payload: { format: 'json', body: bytes(body) },
      });

    it('sends no more of the expected entry than what tells it from others', async () => {
      const key = entryKey();
      const large = entry(`"${'x'.repeat(500_000)}"`);
      await store.setIfAbsent(key, large, minutes(1));
      const received = async () => Number((await server.cli('INFO', 'stats')).match(/net_input_bytes:(\d+)/)?.[1]);
      const before = await received();

      expect(await store.setIfUnchanged(key, entry('1'), large, minutes(1))).toBe(true);
      expect((await received()) - before).toBeLessThan(5_000);
    });

    it('refuses an entry of the same length and payload whose nonce is another', async () => {
      const key = entryKey();
      await store.setIfAbsent(key, entry('"same"'), minutes(1));

      expect(await store.setIfUnchanged(key, entry('"new"'), entry('"same"'), minutes(1))).toBe(false);
    });

    it('refuses an entry that was truncated since it was read', async () => {
      const key = entryKey();
      const whole = entry('"whole"');
      await store.setIfAbsent(key, whole.subarray(0, -1), minutes(1));

      expect(await store.setIfUnchanged(key, entry('"new"'), whole, minutes(1))).toBe(false);
    });

    it('compares every byte of what is not ours', async () => {
      const key = entryKey();
      await store.setIfAbsent(key, bytes('their header\nbody 1'), minutes(1));

      expect(await store.setIfUnchanged(key, bytes('new'), bytes('their header\nbody 2'), minutes(1))).toBe(false);
      expect(await store.setIfUnchanged(key, bytes('new'), bytes('their header\nbody 1'), minutes(1))).toBe(true);
    });

    it('tells an empty value from none', async () => {
      const key = entryKey();
      await store.setIfAbsent(key, new Uint8Array(), minutes(1));

      expect(await store.setIfUnchanged(key, bytes('new'), new Uint8Array(), minutes(1))).toBe(true);
    });

    it('goes on after the server has forgotten the script', async () => {
      const key = entryKey();
      await store.setIfAbsent(key, bytes('1'), minutes(1));
      await store.setIfUnchanged(key, bytes('2'), bytes('1'), minutes(1));
      await server.cli('SCRIPT', 'FLUSH');

      expect(await store.setIfUnchanged(key, bytes('3'), bytes('2'), minutes(1))).toBe(true);
      expect(await store.setIfUnchanged(key, bytes('4'), bytes('3'), minutes(1))).toBe(true);
      expect(await calls('eval')).toBe(2);
    });
  });

  describe('lost answers', () => {
    it('recognises its own write where there was nothing', async () => {
      const key = entryKey();
      proxy.loseAnswers(1);

      expect(await store.setIfAbsent(key, bytes('ours'), minutes(1), patient)).toBe(true);
      expect(await calls('set')).toBe(2);
    });

    it('recognises its own write over what was expected', async () => {
      const key = entryKey();
      await store.setIfAbsent(key, bytes('1'), minutes(1));
      await store.setIfUnchanged(key, bytes('2'), bytes('1'), minutes(1));
      proxy.loseAnswers(1);

      expect(await store.setIfUnchanged(key, bytes('ours'), bytes('2'), minutes(1), patient)).toBe(true);
      expect(await calls('evalsha')).toBe(3);
    });

    it('does not take somebody else’s write for its own', async () => {
      const key = entryKey();
      await store.setIfAbsent(key, bytes('theirs'), minutes(1));
      proxy.loseAnswers(1);

      expect(await store.setIfAbsent(key, bytes('ours'), minutes(1), patient)).toBe(false);
    });

    it('never repeats a plain write, whatever its caller allows', async () => {
      const write = { key: plainKey(), value: bytes('value'), ttl: minutes(1) };
      proxy.loseAnswers(1);
      await expect(store.set(write.key, write.value, write.ttl, patient)).rejects.toThrow(StoreUnavailable);
      await untilTrue(async () => (await store.get(write.key)) !== undefined, 'the connection to be made again');
      proxy.loseAnswers(1);
      await expect(store.setMany([write], patient)).rejects.toThrow(StoreUnavailable);

      expect(await calls('set')).toBe(2);
    });
  });

  describe('refusals', () => {
    it('takes a server without memory for one that asks for less: writes are throttled, reads go on', async () => {
      const [entry, plain] = [entryKey(), plainKey()];
      await store.setIfAbsent(entry, bytes('value'), minutes(1));
      await server.cli('CONFIG', 'SET', 'maxmemory', '1');

      await expect(store.setIfAbsent(entryKey(), bytes('v'), minutes(1))).rejects.toThrow(StoreThrottled);
      await expect(store.setIfUnchanged(entry, bytes('v'), bytes('value'), minutes(1))).rejects.toThrow(StoreThrottled);
      await expect(store.setAlways(entry, bytes('v'), minutes(1))).rejects.toThrow(StoreThrottled);
      await expect(store.setMany([{ key: plain, value: bytes('v'), ttl: minutes(1) }])).rejects.toThrow(StoreThrottled);
      expect((await store.getMany([entry, plain])).map(text)).toEqual(['value', undefined]);
    });

    it('rejects a key that holds something else than a string, and can still write over it', async () => {
      const key = entryKey();
      await server.cli('RPUSH', key, 'element');

      await expect(store.get(key, patient)).rejects.toMatchObject({ name: StoreRejected.name, reason: 'invalid' });
      const replacing = store.setIfUnchanged(key, bytes('v'), bytes('element'), minutes(1), patient);
      await expect(replacing).rejects.toMatchObject({ reason: 'invalid' });
      await store.setAlways(key, bytes('v'), minutes(1));
      expect(text(await store.get(key))).toBe('v');
    });

    it('needs no more than these permissions, and says when one is missing, without naming the key', async () => {
      const permissions = ['+get', '+mget', '+set', '+eval', '+evalsha', '+strlen', '+getrange'];
      await server.cli('ACL', 'SETUSER', 'store', 'on', '>secret', '~*', ...permissions);
      const admitted = await connect(proxy, {
        credentials: () => Promise.resolve({ username: 'store', password: 'secret' }),
      });
      const [key, plain] = [entryKey(), plainKey()];
      expect(await admitted.setIfAbsent(key, bytes('1'), minutes(1))).toBe(true);
      expect(await admitted.setIfUnchanged(key, bytes('2'), bytes('1'), minutes(1))).toBe(true);
      await admitted.setAlways(key, bytes('3'), minutes(1));
      await admitted.setMany([{ key: plain, value: bytes('4'), ttl: minutes(1) }]);
      expect((await admitted.getMany([key, plain])).map(text)).toEqual(['3', '4']);
      expect(text(await admitted.get(key))).toBe('3');

      await server.cli('ACL', 'SETUSER', 'store', '-set');
      const denied = await admitted.setAlways(key, bytes('v'), minutes(1), patient).catch((error: unknown) => error);
      expect(denied).toMatchObject({ name: StoreRejected.name, reason: 'denied' });
      expect(String(denied)).not.toContain(key);
      await admitted.close();
    });
  });

  describe('passwords', () => {
    beforeEach(async () => {
      await server.cli('CONFIG', 'SET', 'requirepass', 'sesame');
    });

    it('are taken from the URL', async () => {
      const admitted = await createRedisStore({ url: `redis://:sesame@127.0.0.1:${proxy.port}/3` });

      expect(await admitted.get(entryKey())).toBeUndefined();
      await admitted.close();
    });

    it('that are wrong or missing are a refusal, not an outage', async () => {
      for (const url of [`redis://127.0.0.1:${proxy.port}`, `redis://:wrong@127.0.0.1:${proxy.port}`]) {
        const refused = await createRedisStore({ url });
        await expect(refused.get(entryKey(), patient), url).rejects.toMatchObject({ reason: 'denied' });
        await refused.close();
      }
    });

    it('are asked for again for each connection', async () => {
      const passwords = ['sesame', 'poppy'];
      const asked: string[] = [];
      const credentials = async () => {
        const password = passwords.shift() ?? '';
        asked.push(password);
        return { password };
      };
      const admitted = await connect(proxy, { credentials });
      await admitted.get(entryKey());
      // A connection that has only just been made is not made again at once.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await server.cli('-a', 'sesame', 'CONFIG', 'SET', 'requirepass', 'poppy');
      proxy.disconnect();

      await untilTrue(async () => (await admitted.get(entryKey())) === undefined, 'the new password');
      expect(asked).toEqual(['sesame', 'poppy']);
      await admitted.close();
    });

    it('that cannot be had fail the calls, with the reason attached', async () => {
      const reason = new Error('no credentials');
      const lost = await connect(proxy, { credentials: () => Promise.reject(reason) });

      await expect(lost.get(entryKey())).rejects.toMatchObject({ name: StoreUnavailable.name, cause: reason });
      await lost.close();
    });
  });

  describe('connection', () => {
    it('is one for many calls', async () => {
      await Promise.all(Array.from({ length: 200 }, () => store.get(entryKey())));

      expect(proxy.accepted).toBe(1);
    });

    it('is made again when the server was restarted', async () => {
      await server.stop();
      await expect(store.get(entryKey(), { timeout: milliseconds(300), attempts: 3 })).rejects.toThrow(
        StoreUnavailable,
      );
      server = await startRedis({ port: server.port });

      expect(await store.get(entryKey(), { timeout: seconds(10), attempts: 20 })).toBeUndefined();
    });

    it('that cannot be made fails calls at once, however long they would wait', async () => {
      proxy.refuse();
      await expect(store.get(entryKey())).rejects.toThrow(StoreUnavailable);
      await expect(store.get(entryKey())).rejects.toThrow(StoreUnavailable);
      const start = performance.now();
      for (let call = 0; call < 100; call += 1) {
        await expect(store.get(entryKey(), { timeout: seconds(8) })).rejects.toThrow(StoreUnavailable);
      }

      expect(performance.now() - start).toBeLessThan(1_000);
      // The backoff lets few of them try.
      expect(proxy.accepted).toBeLessThan(10);
    });

    it('that breaks rejects at once what is on its way', async () => {
      server.signal('SIGSTOP');
      const start = performance.now();
      const options = { timeout: seconds(8) };
      const underWay = [
        store.get(entryKey(), options),
        store.getMany([entryKey()], options),
        store.setAlways(entryKey(), bytes('v'), minutes(1), options),
        store.setMany([{ key: plainKey(), value: bytes('v'), ttl: minutes(1) }], options),
      ].map((call) => expect(call).rejects.toThrow(StoreUnavailable));
      setTimeout(() => server.signal('SIGKILL'), 50);

      await Promise.all(underWay);
      expect(performance.now() - start).toBeLessThan(4_000);
    });

    it('that has fallen silent is given up, though TCP still holds it open', async () => {
      const impatient = await connect(proxy, { silence: milliseconds(200) });
      expect(await impatient.get(entryKey())).toBeUndefined();
      const accepted = proxy.accepted;
      proxy.stall();
      await expect(impatient.get(entryKey(), { timeout: milliseconds(100) })).rejects.toThrow(/no answer within/);

      await untilTrue(async () => {
        await impatient.get(entryKey(), { timeout: milliseconds(50) }).catch(() => {});
        return proxy.accepted > accepted;
      }, 'another connection');
      proxy.restore();
      await untilTrue(async () => (await impatient.get(entryKey())) === undefined, 'an answer');
      await impatient.close();
    });

    it('that is only slow is kept', async () => {
      proxy.stall();
      await expect(store.get(entryKey(), { timeout: milliseconds(100) })).rejects.toThrow(StoreUnavailable);
      proxy.restore();
      await new Promise((resolve) => setTimeout(resolve, 2_300));

      expect(await store.get(entryKey())).toBeUndefined();
      expect(proxy.accepted).toBe(1);
    });

    it('takes no more calls than can be remembered while the server does not answer', async () => {
      proxy.stall();
      const options = { timeout: seconds(3) };
      const outcomes = Array.from({ length: 20_100 }, async () => {
        const start = performance.now();
        await store.get(entryKey(), options).catch(() => {});
        return performance.now() - start;
      });

      const refused = (await Promise.all(outcomes.slice(-100))).filter((took) => took < 2_500);
      expect(refused).toHaveLength(100);
      await Promise.all(outcomes);
    });

    it('tells the log when it cannot be made', async () => {
      proxy.refuse();
      const messages: string[] = [];
      const lost = await connect(proxy, { log: { warn: (message) => void messages.push(message) } });

      expect(messages.join('\n')).toMatch(/^redis: not connected/);
      await lost.close();
    });

    it('is not to a replica, which may be behind', async () => {
      await server.cli('REPLICAOF', '127.0.0.1', '1');
      const replica = await connect(proxy);

      await expect(replica.get(entryKey())).rejects.toThrow(StoreUnavailable);
      await replica.close();
    });

    it('to a node that was made a replica is given up at the first write', async () => {
      await server.cli('REPLICAOF', '127.0.0.1', '1');
      await expect(store.setAlways(entryKey(), bytes('v'), minutes(1))).rejects.toThrow(StoreUnavailable);
      const start = performance.now();
      await untilTrue(
        () =>
          store.get(entryKey()).then(
            () => false,
            () => true,
          ),
        'reads to be refused',
      );
      // Sooner than a client finds out that asks its node from time to time.
      expect(performance.now() - start).toBeLessThan(3_000);
      await server.cli('REPLICAOF', 'NO', 'ONE');

      await untilTrue(() => store.setIfAbsent(entryKey(), bytes('v'), minutes(1)), 'the primary');
    });

    it('to a node that was made a replica is given up within seconds by a client that only reads', async () => {
      await store.get(entryKey());
      await server.cli('REPLICAOF', '127.0.0.1', '1');
      const start = performance.now();
      await untilTrue(
        () =>
          store.get(entryKey()).then(
            () => false,
            () => true,
          ),
        'reads to be refused',
      );

      expect(performance.now() - start).toBeLessThan(7_000);
    });
  });
});

describeWithRedis('redis store and TLS', () => {
  it('trusts the certificates that it was given, and no other', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'redis-tls-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject];
    await promisify(execFile)('openssl', [...request, '-keyout', key, '-out', certificate]);
    const server = await startRedis({
      plaintext: false,
      settings: ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no'],
      cliOptions: ['--tls', '--insecure'],
    });
    onTestFinished(() => server.stop());
    const url = `rediss://localhost:${server.port}`;
    const trusting = await createRedisStore({ url, ca: await readFile(certificate, 'utf8') });
    const wary = await createRedisStore({ url });

    expect(await trusting.setIfAbsent(entryKey(), bytes('v'), minutes(1))).toBe(true);
    await expect(wary.get(entryKey())).rejects.toThrow(StoreUnavailable);
    await Promise.all([trusting.close(), wary.close()]);
  });
});

describe('redis store and what is no Redis', () => {
  it('refuses a URL that is not one, without repeating it', async () => {
    for (const url of [
      '',
      'localhost:6379',
      'http://:hunter2@h',
      'redis://:hunter2@h/x',
      'redis://',
      'redis://h?x=1',
    ]) {
      await expect(createRedisStore({ url }), url).rejects.toThrow(TypeError);
      await expect(createRedisStore({ url }), url).rejects.not.toThrow(/hunter2/);
    }
  });

  it('starts while nothing listens, and says so at once', async () => {
    const { port, stop } = await listen(() => {});
    await stop();
    const start = performance.now();
    const store = await connect({ port });

    await expect(store.get(entryKey())).rejects.toThrow(StoreUnavailable);
    expect(performance.now() - start).toBeLessThan(1_500);
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
      const { port, stop } = await listen(onConnection);
      const start = performance.now();
      const store = await connect({ port }, { connectTimeout: milliseconds(300) });
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

async function listen(onConnection: (socket: Socket) => void): Promise<{ port: number; stop: () => Promise<void> }> {
  const sockets = new Set<Socket>();
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
