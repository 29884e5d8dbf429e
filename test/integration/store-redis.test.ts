import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createRedisStore } from '../../shared/store/redis.ts';
import { minutes } from '../../shared/time.ts';
import { describeStoreContract, type StoreHarness } from '../contract/store-contract.ts';
import { bytes, entryKey, plainKey, text } from '../support/keys.ts';
import { describeWithRedis, startRedis, startRedisCluster } from '../support/redis.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

describeWithRedis('redis', () => {
  describeStoreContract('redis, one node', async () => {
    const server = await startRedis();
    const proxy = await startTcpProxy(server.port);
    return harnessOver([proxy], async () => {
      await proxy.close();
      await server.stop();
    });
  });

  describeStoreContract('redis, a cluster of three primaries', async () => {
    const cluster = await startRedisCluster();
    return harnessOver(
      cluster.primaries.map(({ proxy }) => proxy),
      () => cluster.stop(),
    );
  });

  it('spreads entries over the nodes of a cluster, of which each asks for the password', async () => {
    const cluster = await startRedisCluster();
    onTestFinished(() => cluster.stop());
    for (const { server } of cluster.primaries) await server.cli('CONFIG', 'SET', 'requirepass', 'sesame');
    const store = await createRedisStore({ url: `redis://:sesame@127.0.0.1:${cluster.primaries[0]?.proxy.port}` });
    onTestFinished(() => store.close());
    const keys = Array.from({ length: 60 }, () => plainKey());
    await store.setMany(keys.map((key, index) => ({ key, value: bytes(`${index}`), ttl: minutes(1) })));

    const shares = await Promise.all(cluster.primaries.map(({ server }) => server.cli('-a', 'sesame', 'DBSIZE')));
    expect(shares.map(Number).every((share) => share > 0)).toBe(true);
    expect((await store.getMany(keys)).map(text)).toEqual(keys.map((_, index) => `${index}`));

    const entries = Array.from({ length: 60 }, () => entryKey());
    const written = entries.map((key) => store.setIfAbsent(key, bytes('1'), minutes(1)));
    expect((await Promise.all(written)).every(Boolean)).toBe(true);
    const replaced = entries.map((key) => store.setIfUnchanged(key, bytes('2'), bytes('1'), minutes(1)));
    expect((await Promise.all(replaced)).every(Boolean)).toBe(true);
  });
});

const connect = ([proxy]: readonly TcpProxy[]) => createRedisStore({ url: `redis://127.0.0.1:${proxy?.port}` });

function harnessOver(proxies: readonly TcpProxy[], close: () => Promise<void>): StoreHarness {
  return {
    open: () => connect(proxies),
    pass: (duration) => sleep(duration),
    outage: {
      impossible: { throttling: 'a server without memory for writes still answers reads' },
      async begin(kind) {
        for (const proxy of proxies) kind === 'silent' ? proxy.stall() : proxy.refuse();
      },
      async end() {
        for (const proxy of proxies) proxy.restore();
      },
    },
    close,
  };
}
