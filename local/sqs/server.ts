import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { type Clock, systemClock } from '../../shared/time.ts';
import { listen } from '../http/listen.ts';
import { actions, type Queues, SqsError } from './actions.ts';
import { createQueue, type Queue, type QueueOptions } from './queue.ts';

/** A running server; the SDK reaches it through `AWS_ENDPOINT_URL_SQS`. */
export interface SqsServer {
  readonly endpoint: string;
  /** URL of a queue, as `QueueUrl` in requests. */
  urlOf(name: string): string;
  /** The queue itself, to look into. */
  queue(name: string): Queue;
  close(): Promise<void>;
}

export interface SqsServerOptions {
  readonly queues: readonly QueueOptions[];
  /** Decides which messages are visible; the system's clock if left out. */
  readonly clock?: Clock;
}

/**
 * Starts a server that speaks enough of SQS for functions that send to and receive from standard queues: AWS's JSON
 * protocol, in memory, without authorization, on a free port.
 */
export async function startSqsServer({ queues: wanted, clock = systemClock }: SqsServerOptions): Promise<SqsServer> {
  const queues = new Map(wanted.map((options) => [options.name, createQueue(options, clock)]));
  const stop = new AbortController();
  let endpoint = '';

  const find = (name: string): Queue => {
    const queue = queues.get(name);
    if (queue !== undefined) return queue;
    throw new SqsError('QueueDoesNotExist', `There is no queue "${name}"`);
  };
  const urlOf = (name: string): string => `${endpoint}/${ACCOUNT}/${find(name).name}`;
  const byUrl: Queues = { at: (url) => find(url.slice(url.lastIndexOf('/') + 1)), urlOf };

  // A QueueUrl is a request's path as well: the SDK sends to it where the client has no endpoint of its own.
  const app = new Hono().post('*', async (context) => {
    const target = context.req.header('x-amz-target') ?? '';
    const requestId = randomUUID();
    try {
      const action = actions[target.replace(/^AmazonSQS\./, '')];
      if (action === undefined)
        throw new SqsError('InvalidAction', `"${target}" is not an action that this server has`);
      const answer = await action(await context.req.json(), byUrl, stop.signal);
      return json(answer, 200, requestId);
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      return json({ __type: `com.amazonaws.sqs#${error.code}`, message: error.message }, 400, requestId);
    }
  });

  const server = await listen(app, 0);
  endpoint = `http://127.0.0.1:${server.port}`;
  return {
    endpoint,
    urlOf,
    queue: find,
    close() {
      stop.abort();
      return server.close();
    },
  };
}

const ACCOUNT = '000000000000';

function json(body: unknown, status: number, requestId: string): Response {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': requestId };
  return new Response(JSON.stringify(body), { status, headers });
}
