import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { createFunctionHost, FunctionFailed, type FunctionHost } from '../../../local/lambda/host.ts';
import { type Duration, milliseconds, seconds } from '../../../shared/time.ts';
import { eventually } from '../../support/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'function-host-'));
const hosts: FunctionHost[] = [];
const lines: string[] = [];

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.kill()));
  lines.length = 0;
});

afterAll(() => rmSync(folder, { recursive: true }));

test('a function gets the event and its context, and its answer comes back', async () => {
  const answer = await hostWith().invoke(
    code('echo', 'export const handler = async (event, context) => ({ event, name: context.functionName })'),
    { a: [1, null] },
  );

  expect(answer).toEqual({ event: { a: [1, null] }, name: 'echo' });
});

test('a function sees the variables that it is given, and no other of this process', async () => {
  process.env.OF_THE_TEST = 'x';
  const answer = await hostWith({ GIVEN: 'y' }).invoke(
    code('environment', 'export const handler = async () => ({ ...process.env })'),
    {},
  );

  expect(answer).toEqual({ GIVEN: 'y' });
});

test('a function knows how much time it has left', async () => {
  const remaining = await hostWith().invoke(
    code('remaining', 'export const handler = async (_, context) => context.getRemainingTimeInMillis()', seconds(7)),
    {},
  );

  expect(remaining).toBeLessThanOrEqual(7_000);
  expect(remaining).toBeGreaterThan(5_000);
});

test('what a function throws is reported with its name', async () => {
  const failing = hostWith().invoke(
    code('throws', "export const handler = async () => { throw new TypeError('no') }"),
    {},
  );

  await expect(failing).rejects.toThrow(FunctionFailed);
  await expect(failing).rejects.toThrow('throws: TypeError: no');
});

test('a function that cannot start is reported the same way', async () => {
  const failing = hostWith().invoke(code('broken', "throw new Error('TABLE_NAME is missing')"), {});

  await expect(failing).rejects.toThrow('TABLE_NAME is missing');
});

test('a function that takes too long fails when its time is over', async () => {
  const endless = hostWith().invoke(
    code('endless', 'export const handler = () => new Promise(() => setInterval(() => {}, 1000))', milliseconds(200)),
    {},
  );

  await expect(endless).rejects.toThrow('endless: Sandbox.Timedout: Task timed out after 0.20 seconds');
});

test('the time that a function takes to load does not count, as it does not on Lambda', async () => {
  const slow = code(
    'slow-start',
    'await new Promise((done) => setTimeout(done, 600)); export const handler = () => "in time"',
    milliseconds(300),
  );

  expect(await hostWith().invoke(slow, {})).toBe('in time');
});

test('a function that ends its thread fails, and the next invocation has a new one', async () => {
  const host = hostWith();
  const counting = code(
    'counting',
    'let n = 0; export const handler = async (event) => { if (event.exit) process.exit(3); return ++n; }',
  );

  expect(await host.invoke(counting, {})).toBe(1);
  expect(await host.invoke(counting, {})).toBe(2);
  await expect(host.invoke(counting, { exit: true })).rejects.toThrow('Runtime.ExitError');
  expect(await host.invoke(counting, {})).toBe(1);
});

test('killing ends what is being worked on where it stands', async () => {
  const host = hostWith();
  const endless = host.invoke(code('stuck', 'export const handler = () => new Promise(() => {})', seconds(60)), {});
  const failed = expect(endless).rejects.toThrow(FunctionFailed);
  await host.invoke(code('other', 'export const handler = async () => 1'), {});

  await host.kill();
  await failed;
});

test('what a function prints is passed on line by line', async () => {
  await hostWith().invoke(
    code('prints', "export const handler = async () => { console.log('a\\nb'); console.error('c'); }"),
    {},
  );

  expect(await eventually(() => ['a', 'b', 'c'].every((line) => lines.includes(line)))).toBe(true);
});

function hostWith(environment: Record<string, string> = {}): FunctionHost {
  const host = createFunctionHost(environment, { onLog: (line) => void lines.push(line) });
  hosts.push(host);
  return host;
}

function code(name: string, source: string, timeout: Duration = seconds(10)) {
  const module = join(folder, `${name}.mjs`);
  writeFileSync(module, source);
  return { name, module, timeout, memoryMegabytes: 128 };
}
