import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seconds } from '../../shared/time.ts';
import { describeWithJava } from '../support/java.ts';
import { descendantsOf, eventually, isAlive } from '../support/processes.ts';
import { answersUntil } from '../support/waiting.ts';

/*
 * The command as it is typed, by npm and with Ctrl-C in a terminal. How the program itself ends, and what it says when it
 * cannot start: test/integration/local/start.test.ts.
 */

describeWithJava('npm start', { timeout: 120_000 }, () => {
  let npm: ChildProcess;
  let output = '';

  beforeAll(async () => {
    // A process group of its own, which is what a terminal gives to a command and sends Ctrl-C to.
    npm = spawn('npm', ['start', '--', '--port', '0'], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      detached: true,
      env: { ...process.env, NO_COLOR: '1' },
    });
    for (const stream of [npm.stdout, npm.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
      });
    }
    if (!(await eventually(() => /Ctrl-C/.test(output), 90_000))) throw new Error(`it did not start:\n${output}`);
  }, 120_000);

  afterAll(() => {
    for (const pid of descendantsOf(npm)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });

  test('prints where everything is', () => {
    expect(output).toMatch(/HTTP APIs +http:\/\/127\.0\.0\.1:\d+\n/);
    expect(output).toMatch(/DynamoDB +http:\/\/127\.0\.0\.1:\d+ +\(table dynamo-cache-sync\)\n/);
    expect(output).toMatch(/Cache +momento +127\.0\.0\.1:\d+/);
    expect(output).toMatch(/SQS +http:\/\/127\.0\.0\.1:\d+\n/);
  });

  test('prints three lines worth trying that do as they say', async () => {
    const lines = output.match(/^ {2}curl .*$/gm) ?? [];
    expect(lines).toHaveLength(3);
    const [absent = '', write = '', read = ''] = lines;

    await answersUntil(
      () => shell(absent),
      (text) => /404 Not Found[\s\S]*x-cache: absent/.test(text),
    );
    expect(await shell(write)).toMatch(/201 Created/);
    const answers = await answersUntil(
      () => shell(read),
      (text) => /200 OK[\s\S]*x-cache: hit/.test(text),
      seconds(30),
    );
    expect(answers.at(-1)).toContain('"title":"Teapot"');
    expect(output).toMatch(/GET \/products\/\{productId\} +200 +hit/);
  });

  // The processes are read off /proc, which only Linux has.
  test.runIf(process.platform === 'linux')('ends on Ctrl-C, all of it', async () => {
    const processes = descendantsOf(npm);
    expect(processes.length).toBeGreaterThan(2);
    const closed = once(npm, 'close');
    process.kill(-(npm.pid ?? 0), 'SIGINT');
    await closed;

    // The program itself ends with 0; npm tells of its shell, which Ctrl-C interrupted as well.
    expect([0, 'SIGINT']).toContain(npm.exitCode ?? npm.signalCode);
    expect(await eventually(() => !processes.some(isAlive))).toBe(true);
  });
});

async function shell(line: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', line]);
  return stdout;
}
