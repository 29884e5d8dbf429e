import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createClient } from '@redis/client';
import { parseRedisUrl } from '../../shared/store/redis-url.ts';
import { seconds } from '../../shared/time.ts';
import { freePort } from '../process/free-port.ts';
import { type GuardedProcess, startGuarded } from '../process/guarded.ts';

/** A running `redis-server`, in memory. */
export interface RedisServer {
  readonly url: string;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

/** There is no `redis-server` on the PATH. The message says how to install one. */
export class RedisMissing extends Error {
  override readonly name = 'RedisMissing';
}

/** The Redis cannot be used; the message says what it answered, or printed. */
export class RedisUnusable extends Error {
  override readonly name = 'RedisUnusable';
}

/**
 * Checks that there is a `redis-server` (of Redis or of Valkey) on the PATH.
 *
 * @returns its version: `7.0.15`
 * @throws {RedisMissing}
 */
export async function requireRedisServer(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(COMMAND, ['--version']);
    return /v=(\S+)/.exec(stdout)?.[1] ?? 'unknown';
  } catch (error) {
    throw new RedisMissing(
      `The cache in Redis needs a ${COMMAND}, and there is none on the PATH: install it with ` +
        `"sudo apt install redis-server" (Debian) or "brew install redis" (macOS).`,
      { cause: error },
    );
  }
}

/**
 * Starts a `redis-server` on a free port and waits until it answers. It keeps nothing on disk, and ends with this
 * process, whatever ends this process.
 *
 * @throws {RedisMissing}
 * @throws {RedisUnusable} when it does not come up within ten seconds
 */
export async function startRedisServer(): Promise<RedisServer> {
  await requireRedisServer();
  const port = await freePort();
  const server = startGuarded(COMMAND, ['--port', `${port}`, '--bind', '127.0.0.1', ...IN_MEMORY]);
  const url = `redis://127.0.0.1:${port}`;
  try {
    await untilReady(url, server);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url, stop: () => server.stop() };
}

/**
 * Checks that a Redis answers.
 *
 * @throws {RedisUnusable} names the host; of the URL, which may hold a password, nothing else
 */
export async function requireRedis(url: string): Promise<void> {
  const host = hostOf(url);
  try {
    await ping(url);
  } catch (error) {
    throw new RedisUnusable(`The Redis at ${host} cannot be used: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Host and port of a Redis: what may be shown of its URL.
 *
 * @throws {RedisUnusable} for a URL of another form
 */
export function hostOf(url: string): string {
  try {
    const { host, port } = parseRedisUrl(url);
    return `${host}:${port}`;
  } catch (error) {
    throw new RedisUnusable(`REDIS_URL cannot be used: ${reasonOf(error)}`, { cause: error });
  }
}

const COMMAND = 'redis-server';
const IN_MEMORY = ['--save', '', '--appendonly', 'no'];
const CONNECT_TIMEOUT = seconds(3);
const START_DEADLINE = seconds(10);
const PROBE_INTERVAL_MS = 25;

/** What a connection that is refused on each address says, it says for each address. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

async function untilReady(url: string, server: GuardedProcess): Promise<void> {
  const deadline = Date.now() + START_DEADLINE;
  let running = true;
  void server.exited.then(() => {
    running = false;
  });
  while (running && Date.now() < deadline) {
    const answered = await ping(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await sleep(PROBE_INTERVAL_MS);
  }
  const what = running ? `did not answer within ${START_DEADLINE / 1_000} s` : 'ended while it was starting';
  throw new RedisUnusable(`${COMMAND} ${what}. It printed:\n${server.output()}`);
}

async function ping(url: string): Promise<void> {
  const client = createClient({ url, socket: { connectTimeout: CONNECT_TIMEOUT, reconnectStrategy: false } });
  // Each failure comes back with the call, too; unheard, it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.ping();
  } finally {
    if (client.isOpen) client.destroy();
  }
}
