import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startGuarded } from '../../../local/process/guarded.ts';
import { eventually, isAlive } from '../../support/processes.ts';

/** A command that tells its process id and then stays. */
const STAY = ['-c', 'echo $$; exec sleep 600'];

test('a guarded command runs until it is stopped, and stopping waits until it is gone', async () => {
  const guarded = startGuarded('sh', STAY);
  const pid = await pidIn(() => guarded.output());
  expect(isAlive(pid)).toBe(true);

  await guarded.stop();

  expect(isAlive(pid)).toBe(false);
});

test('a guarded command ends although its parent was killed with SIGKILL', async () => {
  const module = fileURLToPath(new URL('../../../local/process/guarded.ts', import.meta.url));
  const program = `
    const { startGuarded } = await import(${JSON.stringify(module)});
    const guarded = startGuarded('sh', ${JSON.stringify(STAY)});
    setInterval(() => console.log(guarded.output()), 20);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program]);
  let output = '';
  parent.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const pid = await pidIn(() => output);

  parent.kill('SIGKILL');
  await once(parent, 'exit');

  expect(await eventually(() => !isAlive(pid))).toBe(true);
});

test('a command that refuses to end on SIGTERM is killed', async () => {
  const guarded = startGuarded('sh', ['-c', `trap '' TERM; echo $$; while :; do sleep 1; done`]);
  const pid = await pidIn(() => guarded.output());

  await guarded.stop();

  expect(isAlive(pid)).toBe(false);
});

test('a command that ends by itself settles with its exit code and keeps what it printed', async () => {
  const guarded = startGuarded('sh', ['-c', 'echo out; echo err >&2; exit 3']);

  expect(await guarded.exited).toBe(3);
  expect(guarded.output()).toContain('out');
  expect(guarded.output()).toContain('err');
});

test('a command that does not exist is reported by name', async () => {
  const guarded = startGuarded('no-such-command-here', []);

  expect(await guarded.exited).toBe(127);
  expect(guarded.output()).toContain('no-such-command-here');
});

async function pidIn(output: () => string): Promise<number> {
  expect(await eventually(() => /\d+\n/.test(output()))).toBe(true);
  return Number.parseInt(output().trim(), 10);
}
