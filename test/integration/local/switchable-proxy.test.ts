import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SwitchableProxy, startSwitchableProxy } from '../../../local/redis/switchable-proxy.ts';
import { milliseconds, seconds } from '../../../shared/time.ts';

/** Answers with what it is sent. */
let echo: Server;
let proxy: SwitchableProxy;

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = echo.address();
  proxy = await startSwitchableProxy(typeof address === 'object' && address !== null ? address.port : 0);
});

afterEach(async () => {
  await proxy.close();
  echo.close();
});

test('it passes on what is sent, at once or after a while, in order', async () => {
  const client = await connect();
  client.write('a');
  expect(await received(client, 1)).toBe('a');

  const other = await connect();
  other.write('x');
  await received(other, 1);
  proxy.pass(seconds(1));
  client.write('b');
  await setTimeout(100);
  proxy.pass(milliseconds(0));
  client.write('c');
  other.write('y');

  const order = [received(client, 2), received(other, 1)];
  expect(await Promise.race(order)).toBe('y');
  expect(await order[0]).toBe('bc');
  client.destroy();
  other.destroy();
});

test('while it refuses, connections break and none is made; then they are again', async () => {
  const before = await connect();
  before.write('a');
  await received(before, 1);
  const broken = once(before, 'close');
  proxy.refuse();
  await broken;

  const meanwhile = await connect();
  await once(meanwhile, 'close');

  proxy.pass(milliseconds(0));
  const after = await connect();
  after.write('b');
  expect(await received(after, 1)).toBe('b');
  after.destroy();
});

async function connect(): Promise<Socket> {
  const socket = createConnection({ host: '127.0.0.1', port: proxy.port });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function received(socket: Socket, length: number): Promise<string> {
  let text = '';
  while (text.length < length) text += String((await once(socket, 'data'))[0]);
  return text;
}
