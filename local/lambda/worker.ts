/** The thread in which functions run; see {@link file://./host.ts}. */
import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import type { Context } from 'aws-lambda';
import type { Invocation, Outcome } from './protocol.ts';

const port = parentPort;
if (port === null) throw new Error('worker.ts runs in a worker thread only');

port.on('message', async (invocation: Invocation) => {
  port.postMessage(await outcomeOf(invocation));
});

async function outcomeOf(invocation: Invocation): Promise<Outcome> {
  const { id, module, event } = invocation;
  try {
    const { handler }: { handler: (event: unknown, context: Context) => unknown } = await import(
      pathToFileURL(module).href
    );
    const response = await handler(JSON.parse(event), contextOf(invocation));
    return { id, response: JSON.stringify(response) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { id, error: { name, message } };
  }
}

function contextOf({ functionName, memoryMegabytes, deadline }: Invocation): Context {
  const notHere = (): never => {
    throw new Error('The callback style ended with Node.js 22: return a promise');
  };
  return {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    memoryLimitInMB: String(memoryMegabytes),
    awsRequestId: randomUUID(),
    logGroupName: '/local',
    logStreamName: functionName,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: notHere,
    fail: notHere,
    succeed: notHere,
  };
}
