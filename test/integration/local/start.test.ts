import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { describeWithJava } from '../../support/java.ts';
import { eventually, isAlive } from '../../support/processes.ts';

/** The children of a process are read off /proc, which only Linux has. */
const LISTS_PROCESSES = process.platform === 'linux';

const MAIN = fileURLToPath(new URL('../../../local/start/main.ts', import.meta.url));

/** What a started command printed, and how it ended. */
interface Started {
  readonly process: ChildProcess;
  output(): string;
  readonly exitCode: Promise<number | null>;
}

const started: Started[] = [];

afterEach(async () => {
  for (const { process, exitCode } of started.splice(0)) {
    process.kill('SIGKILL');
    await exitCode;
  }
});

describeWithJava('npm start', { timeout: 90_000 }, () => {
  test.runIf(LISTS_PROCESSES)('serves the APIs, prints where, and ends cleanly on Ctrl-C', async () => {
    const stack = start(['--port', '0']);
    const url = await urlOf(stack);

    expect(stack.output().match(/^ {2}curl .*$/gm)).toHaveLength(3);
    const response = await fetch(`${url}/users/nobody`);
    expect(response.status).toBe(404);
    // The very first call of a busy machine may find that the cache takes too long.
    expect(response.headers.get('x-cache')).toMatch(/^(miss|bypass)$/);
    const servers = childrenOf(stack.process);
    expect(servers.length).toBeGreaterThan(0);

    stack.process.kill('SIGINT');

    expect(await stack.exitCode).toBe(0);
    expect(servers.filter(isAlive)).toEqual([]);
  });

  test.runIf(LISTS_PROCESSES)('leaves no process behind when it is killed with SIGKILL', async () => {
    const stack = start(['--port', '0']);
    await urlOf(stack);
    const servers = childrenOf(stack.process);
    const descendants = [...servers, ...servers.flatMap((pid) => childrenOf({ pid }))];
    expect(descendants.length).toBeGreaterThan(1);

    stack.process.kill('SIGKILL');
    await stack.exitCode;

    expect(await eventually(() => !descendants.some(isAlive))).toBe(true);
  });
});

test('without Java it is one sentence with the install commands, and exit 2', async () => {
  const stack = start([], { PATH: '/nonexistent' });

  expect(await stack.exitCode).toBe(2);
  expect(stack.output().trim()).toMatch(/^DynamoDB Local needs Java 17[^\n]*apt install[^\n]*brew install[^\n]*$/);
});

test('on Redis without a redis-server it is one sentence with the install commands, and exit 2', async () => {
  const stack = start([], { PATH: '/nonexistent', CACHE_STORE: 'redis' });

  expect(await stack.exitCode).toBe(2);
  expect(stack.output().trim()).toMatch(/^[^\n]*redis-server[^\n]*apt install[^\n]*brew install[^\n]*REDIS_URL[^\n]*$/);
});

test.each(['redis://:hidden@127.0.0.1:9', 'http://:hidden@127.0.0.1:9'])(
  'a Redis that cannot be used (%s) is one line, without the password, and exit 2',
  async (url) => {
    const stack = start([], { ...process.env, CACHE_STORE: 'redis', REDIS_URL: url });

    expect(await stack.exitCode).toBe(2);
    expect(stack.output().trim()).toMatch(/^[^\n]*redis[^\n]*cannot be used[^\n]*$/i);
    expect(stack.output()).not.toContain('hidden');
  },
);

test.each([
  ['a store that there is none of', ['--store', 'memcached'], '--store'],
  ['a DynamoDB that does not answer', ['--dynamodb-endpoint', 'http://127.0.0.1:9'], 'http://127.0.0.1:9'],
  ['a port that is none', ['--port', 'x'], '--port'],
  ['an endpoint that is no URL', ['--dynamodb-endpoint', 'localhost'], '--dynamodb-endpoint'],
  ['an unknown option', ['--prot', '1'], '--prot'],
])('%s is one line that names it, and exit 2', async (_, options, name) => {
  const stack = start(options);

  expect(await stack.exitCode).toBe(2);
  expect(stack.output()).toContain(name);
  expect(stack.output()).not.toContain('    at ');
});

function start(options: string[], environment: NodeJS.ProcessEnv = process.env): Started {
  const child = spawn(process.execPath, [MAIN, ...options], { env: { ...environment, NO_COLOR: '1' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const exitCode = once(child, 'close').then(() => child.exitCode);
  const result = { process: child, output: () => output, exitCode };
  started.push(result);
  return result;
}

async function urlOf({ output }: Started): Promise<string> {
  const found = (): string | undefined => /HTTP APIs\s+(http:\S+)/.exec(output())?.[1];
  await eventually(() => found() !== undefined, 60_000);
  return found() ?? expect.fail(`it did not start, but printed:\n${output()}`);
}

/** Process ids of the direct children, which Linux lists per thread. */
function childrenOf({ pid }: { readonly pid?: number | undefined }): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}
