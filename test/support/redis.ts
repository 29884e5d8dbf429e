import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, test } from 'vitest';
import { freePort } from '../../local/process/free-port.ts';
import { startGuarded } from '../../local/process/guarded.ts';
import { eventually } from './processes.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const run = promisify(execFile);
const present = await run('redis-server', ['--version']).then(
  () => true,
  () => false,
);

if (!present && process.env.CI === 'true') {
  throw new Error('CI must not skip what needs Redis: install a redis-server');
}
if (!present) console.warn('Skipped: these tests need a redis-server (or Valkey under that name) on the PATH');

/** `describe` for what needs redis-server: skipped, and said so, without one; under CI a missing one is a failure. */
export const describeWithRedis = present ? describe : describe.skip;

/** The same for a single test. */
export const testWithRedis = present ? test : test.skip;

/** A redis-server process of a test: in memory, on a free port, gone with the test. */
export interface RedisServer {
  readonly port: number;
  /** Sends a command with redis-cli and answers what it prints. */
  cli(...command: string[]): Promise<string>;
  /** Holds the process, which then answers nothing while its connections stay open; lets it go on; kills it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /** Settings as in redis.conf: `['--maxmemory', '2mb']`. */
  readonly settings?: readonly string[];
  /** TCP port; a free one if left out. */
  readonly port?: number;
  /** `false`: TLS on the port instead. */
  readonly plaintext?: boolean;
  /** Options that redis-cli needs to reach it: a password, TLS. */
  readonly cliOptions?: readonly string[];
}

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const { settings = [], port = await freePort(), plaintext = true, cliOptions = [] } = options;
  // Nothing is saved, but a cluster's node keeps its table of nodes in a file.
  const directory = await mkdtemp(join(tmpdir(), 'redis-test-'));
  const ports = plaintext ? ['--port', `${port}`] : ['--port', '0', '--tls-port', `${port}`];
  const own = [...ports, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory];
  const server = startGuarded('redis-server', [...own, ...settings]);

  const cli = async (...command: string[]): Promise<string> => {
    const { stdout } = await run('redis-cli', ['-p', `${port}`, '--no-auth-warning', ...cliOptions, ...command]);
    return stdout.trim();
  };
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  const answers = (): Promise<boolean> =>
    cli('PING').then(
      (reply) => reply === 'PONG',
      () => false,
    );
  if (!(await eventually(answers))) {
    await stop();
    throw new Error(`redis-server did not come up; it printed:\n${server.output()}`);
  }
  const pid = Number((await cli('INFO', 'server')).match(/process_id:(\d+)/)?.[1]);
  return {
    port,
    cli,
    signal: (signal) => void process.kill(pid, signal),
    stop,
  };
}

/** A node of a cluster, which its clients reach through a proxy. */
export interface RedisClusterNode {
  readonly server: RedisServer;
  readonly proxy: TcpProxy;
}

/** A cluster of three primaries, to which a replica can be added. */
export interface RedisCluster {
  readonly primaries: readonly RedisClusterNode[];
  /** Adds a replica of a primary and waits until it has caught up. */
  addReplica(of: RedisClusterNode): Promise<RedisClusterNode>;
  stop(): Promise<void>;
}

/** @param nodeTimeoutMs after which a node that is not heard of is taken for failed */
export async function startRedisCluster(nodeTimeoutMs = 5_000): Promise<RedisCluster> {
  const start = (): Promise<RedisClusterNode> => startNode(nodeTimeoutMs);
  const primaries = await Promise.all([start(), start(), start()]);
  const all = [...primaries];
  const addresses = primaries.map(({ proxy }) => `127.0.0.1:${proxy.port}`);
  await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
  await untilTrue(async () => (await Promise.all(primaries.map(isJoined))).every(Boolean), 'the cluster to join');
  return {
    primaries,
    async addReplica({ server: primary }) {
      const replica = await start();
      all.push(replica);
      const { cli } = replica.server;
      const id = await primary.cli('CLUSTER', 'MYID');
      const busPort = await primary.cli('CONFIG', 'GET', 'cluster-port');
      await cli('CLUSTER', 'MEET', '127.0.0.1', `${primary.port}`, busPort.split('\n').at(-1) ?? '');
      // Until it has heard of its primary, it refuses to follow it.
      await untilTrue(async () => (await cli('CLUSTER', 'REPLICATE', id)) === 'OK', 'the replica to follow');
      const caughtUp = async () => /master_link_status:up/.test(await cli('INFO', 'replication'));
      await untilTrue(caughtUp, 'the replica to catch up');
      for (const { server } of primaries) {
        const knows = async () => (await server.cli('CLUSTER', 'NODES')).includes(`slave ${id}`);
        await untilTrue(knows, 'all nodes to know the replica');
      }
      return replica;
    },
    async stop() {
      await Promise.all(all.map(({ server, proxy }) => Promise.all([server.stop(), proxy.close()])));
    },
  };
}

export async function untilTrue(holds: () => Promise<boolean>, what: string): Promise<void> {
  if (!(await eventually(() => holds().catch(() => false), 20_000))) throw new Error(`waited in vain for ${what}`);
}

async function startNode(nodeTimeoutMs: number): Promise<RedisClusterNode> {
  const [port, busPort] = await Promise.all([freePort(), freePort()]);
  const proxy = await startTcpProxy(port);
  const settings = {
    'cluster-enabled': 'yes',
    'cluster-config-file': 'nodes.conf',
    'cluster-node-timeout': nodeTimeoutMs,
    'cluster-port': busPort,
    // Clients are told to come through the proxy.
    'cluster-announce-port': proxy.port,
    'cluster-announce-bus-port': busPort,
  };
  const server = await startRedis({
    port,
    settings: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, `${value}`]),
  });
  return { server, proxy };
}

const isJoined = async ({ server }: RedisClusterNode): Promise<boolean> =>
  (await server.cli('CLUSTER', 'INFO')).includes('cluster_state:ok');
