/** The thread or the process in which functions run; see {@link file://./host.ts}. */
import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from 'aws-lambda';
import { overrideRuntime } from '../../shared/runtime/overrides.ts';
import type { Invocation, Observation, Outcome, Progress } from './protocol.ts';

if (parentPort === null && process.send === undefined) throw new Error('worker.ts is started by another process only');

(parentPort ?? process).on('message', async (invocation: Invocation) => tell(await outcomeOf(invocation)));
// A thread ends with its process anyway.
process.on('disconnect', () => process.exit());

// Errors are left out: they may hold what cannot be sent.
if (workerData?.observesBatches === true) {
  overrideRuntime({ observeBatch: ({ records }) => tell({ batch: { records } }) });
}

function tell(message: Progress | Observation): void {
  if (parentPort === null) process.send?.(message);
  else parentPort.postMessage(message);
}

async function outcomeOf(invocation: Invocation): Promise<Outcome> {
  const { id, module, event } = invocation;
  try {
    const { handler }: { handler: (event: unknown, context: Context) => unknown } = await import(
      pathToFileURL(module).href
    );
    tell({ id, begun: true });
    const response = await handler(JSON.parse(event), contextOf(invocation));
    return { id, response: JSON.stringify(response) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { id, error: { name, message } };
  }
}

function contextOf({ functionName, memoryMegabytes, timeout }: Invocation): Context {
  const deadline = Date.now() + timeout;
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
