import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { localAwsEnvironment } from '../../local/aws.ts';
import { type SqsServer, startSqsServer } from '../../local/sqs/server.ts';
import type { AuditSample } from '../../shared/repair/audit-sample.ts';
import { decodeSample } from '../../shared/repair/audit-sample.ts';
import { seconds } from '../../shared/time.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';

const DELAY = seconds(60);

/** The queue as a new process has it: the client is kept, with the endpoint of its first message. */
async function auditQueue(endpoint: string, url: string) {
  vi.resetModules();
  for (const [name, value] of Object.entries(localAwsEnvironment({ dynamodb: endpoint, sqs: endpoint }))) {
    vi.stubEnv(name, value);
  }
  const { createAuditQueue } = await import('../../shared/runtime/audit-queue.ts');
  return createAuditQueue(url, DELAY);
}

const samples = (count: number): AuditSample[] =>
  Array.from({ length: count }, (_, i) => ({
    entity: 'user',
    primaryKey: { PK: `USER#${i}`, SK: '\uFFFF\uFFFE\u0001' },
  }));

afterEach(() => vi.unstubAllEnvs());

describe('the audit queue', () => {
  let server: SqsServer;
  let clock: TestClock;

  beforeEach(async () => {
    clock = createTestClock();
    server = await startSqsServer({ queues: [{ name: 'audit', visibilityTimeout: seconds(30) }], clock });
  });
  afterEach(() => server.close());

  it('delivers every sample as it was, once the delay is over', async () => {
    const send = await auditQueue(server.endpoint, server.urlOf('audit'));

    await send(samples(12));

    expect(server.queue('audit').counts()).toMatchObject({ visible: 0, delayed: 12 });
    clock.advance(DELAY);
    const received = server.queue('audit').receive(12);
    expect(received.map(({ body }) => decodeSample(body))).toEqual(samples(12));
  });

  it('rejects when there is no such queue', async () => {
    const send = await auditQueue(server.endpoint, `${server.endpoint}/000000000000/other`);

    await expect(send(samples(1))).rejects.toThrow('other');
  });
});

describe('a queue that does not answer', () => {
  let server: Server;
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    server = createServer((socket) => sockets.add(socket));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  });

  it('is given up in time, so that sync does not wait for it until it is killed', async () => {
    const address = server.address();
    const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const send = await auditQueue(endpoint, `${endpoint}/000000000000/audit`);
    const start = performance.now();

    await expect(send(samples(1))).rejects.toThrow();
    expect(performance.now() - start).toBeLessThan(4_000);
  });
});
