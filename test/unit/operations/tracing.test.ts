import '../../support/queue-environment.ts';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { DeleteItemCommand, DynamoDBClient, ScanCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { localClientConfig } from '../../../local/aws.ts';
import { captureOutput, lambdaContext } from '../../support/queue-messages.ts';

const MARK = 'mark-b2e9';
const TRACE = '1-5759e988-bd862e3fe1be46a994272793';

/** A segment document as the X-Ray daemon receives it. */
interface Segment {
  readonly id: string;
  readonly name: string;
  readonly trace_id?: string;
  readonly parent_id?: string;
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly fault?: boolean;
  readonly cause?: unknown;
}

let daemon: Socket;
const segments: Segment[] = [];
let received = '';

beforeAll(async () => {
  daemon = createSocket('udp4').bind(0, '127.0.0.1');
  await once(daemon, 'listening');
  daemon.on('message', (message) => {
    received += message;
    // A header in JSON, a line break, the segment.
    segments.push(JSON.parse(message.toString().split('\n')[1] ?? ''));
  });
  // What Lambda sets for a traced function.
  vi.stubEnv('AWS_XRAY_DAEMON_ADDRESS', `127.0.0.1:${daemon.address().port}`);
  vi.stubEnv('AWS_EXECUTION_ENV', 'AWS_Lambda_nodejs24.x');
  vi.stubEnv('LAMBDA_TASK_ROOT', '/var/task');
  vi.stubEnv('_HANDLER', 'index.handler');
  vi.stubEnv('_X_AMZN_TRACE_ID', `Root=${TRACE};Parent=53995c3f42cd8ad8;Sampled=1`);
  vi.stubEnv('POWERTOOLS_TRACE_ENABLED', 'true');
  const output = captureOutput();
  // Before the client of all others is replaced.
  await write();
  const { operatedFunctions } = await import('../../support/operated-functions.ts');
  const functions = await operatedFunctions(MARK);
  await functions.reads();
  await functions.changes();
  await functions.repairs();
  await functions.failing();
  await vi.waitFor(() => expect(named('## index.handler').filter(({ fault }) => fault === true)).toHaveLength(1));
  await vi.waitFor(() => expect(outcomesOf('table.get')).toContain('Error'));
  await vi.waitFor(() => expect(outcomesOf('memory.setIfAbsent')).toContain('StoreThrottled'));
  received += output.text();
  vi.restoreAllMocks();
});

/** A function that writes, to a table that refuses what is there already. */
async function write(): Promise<void> {
  const table = createServer((request, response) => {
    const refused = request.headers['x-amz-target']?.includes('TransactWriteItems');
    response.writeHead(refused ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(refused ? JSON.stringify({ __type: 'TransactionCanceledException', message: MARK }) : '{"Items":[]}');
  }).listen(0, '127.0.0.1');
  await once(table, 'listening');
  const address = table.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const [{ traceCommands }, { tracing }] = await Promise.all([
    import('../../../shared/runtime/traced-commands.ts'),
    import('../../../shared/runtime/tracing.ts'),
  ]);
  const client = await traceCommands(new DynamoDBClient({ ...localClientConfig(`http://127.0.0.1:${port}`) }));
  const TableName = 'table';
  const handler = middy(async () => {
    await client.send(new DeleteItemCommand({ TableName, Key: { PK: { S: MARK } } }));
    await client.send(new ScanCommand({ TableName }));
    await client.send(new TransactWriteItemsCommand({ TransactItems: [] })).catch(() => {});
  }).use(await tracing());
  await handler({}, lambdaContext());
  client.destroy();
  table.close();
}

afterAll(() => {
  vi.unstubAllEnvs();
  daemon.close();
});

const named = (name: string): Segment[] => segments.filter((segment) => segment.name === name);
const outcomesOf = (name: string) => new Set(named(name).map(({ annotations }) => annotations?.outcome));

describe('the trace of a function', () => {
  it('has a subsegment of each call to the cache and to the table, with its outcome', () => {
    expect(outcomesOf('memory.get')).toEqual(new Set(['found', 'nothing', 'StoreUnavailable']));
    expect(outcomesOf('memory.getMany')).toContain('partly');
    expect(outcomesOf('memory.setIfAbsent')).toContain('written');
    expect(outcomesOf('memory.setIfAbsent')).toContain('refused');
    expect(outcomesOf('table.get')).toEqual(new Set(['found', 'nothing', 'Error']));
    expect(outcomesOf('table.query')).toEqual(new Set(['found']));
    expect(outcomesOf('table.deleteItem')).toEqual(new Set(['written']));
    expect(outcomesOf('table.scan')).toEqual(new Set(['nothing']));
  });

  it('shows a write whose condition did not hold as refused, and not as a fault', () => {
    expect(outcomesOf('table.transactWriteItems')).toEqual(new Set(['refused']));
    expect(named('table.transactWriteItems').map(({ fault }) => fault)).toEqual([undefined]);
  });

  it('has the calls of an invocation beside each other, under its handler', () => {
    const handlers = new Set(named('## index.handler').map(({ id }) => id));
    const calls = segments.filter(({ name }) => /^(memory|table)\./.test(name));

    expect(calls.length).toBeGreaterThan(20);
    for (const { parent_id, trace_id } of calls) {
      expect(handlers).toContain(parent_id);
      expect(trace_id).toBe(TRACE);
    }
  });

  it('shows a call that failed as a fault, without the message of its error', () => {
    const failed = segments.filter(({ annotations }) => /Error|Store/.test(String(annotations?.outcome)));

    expect(failed.length).toBeGreaterThan(0);
    for (const { fault, cause } of failed) expect({ fault, cause }).toEqual({ fault: true, cause: undefined });
  });

  it('shows an invocation that failed as a fault, without the message of its error', () => {
    const failed = named('## index.handler').filter(({ fault }) => fault === true);

    expect(failed.map(({ cause }) => cause)).toEqual([undefined]);
  });

  it('holds no item data and no key', () => {
    expect(received).not.toContain(MARK);
  });
});
