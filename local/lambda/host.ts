import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Duration } from '../../shared/time.ts';
import type { Invocation, Observation, Outcome, Progress } from './protocol.ts';

/** A function threw, ran out of time, or took its thread down. The message is the function's. */
export class FunctionFailed extends Error {
  override readonly name = 'FunctionFailed';
  /** Name of the error that the function threw. */
  readonly errorType: string;

  constructor(functionName: string, errorType: string, message: string) {
    super(`${functionName}: ${errorType}: ${message}`);
    this.errorType = errorType;
  }
}

/** Which function to call, and what it may use. */
export interface FunctionCode {
  readonly name: string;
  /** Absolute path of its module, which exports `handler`. */
  readonly module: string;
  readonly timeout: Duration;
  readonly memoryMegabytes: number;
}

/** Who hears of what goes on in a thread. */
export interface FunctionListeners {
  /** Hears of each line that the functions print. */
  readonly onLog: (line: string) => void;
  /** Hears what became of each batch of the stream; it names keys, and is for no log. */
  readonly onBatch?: ((batch: Observation['batch']) => void) | undefined;
}

/** Runs functions under one set of environment variables. */
export interface FunctionHost {
  /** @throws {FunctionFailed} */
  invoke(code: FunctionCode, event: unknown): Promise<unknown>;
  /** Ends its thread where it stands, as Lambda may end an execution environment. The next invocation starts another. */
  kill(): Promise<void>;
}

/**
 * Makes a place for functions to run: a thread of its own, with the given environment and no other variable, started
 * by the first invocation. What a function is not given in template.yaml it does not have here either.
 */
export function createFunctionHost(
  environment: Readonly<Record<string, string>>,
  listeners: FunctionListeners,
): FunctionHost {
  let thread: Thread | undefined;
  let invocations = 0;

  return {
    async invoke(code, event) {
      invocations += 1;
      thread ??= startThread(environment, listeners, () => {
        thread = undefined;
      });
      const outcome = await thread.call({
        id: invocations,
        module: code.module,
        event: JSON.stringify(event),
        functionName: code.name,
        memoryMegabytes: code.memoryMegabytes,
        timeout: code.timeout,
      });
      if ('error' in outcome) throw new FunctionFailed(code.name, outcome.error.name, outcome.error.message);
      return outcome.response === undefined ? undefined : JSON.parse(outcome.response);
    },
    async kill() {
      await thread?.end();
    },
  };
}

interface Thread {
  call(invocation: Invocation): Promise<Outcome>;
  end(): Promise<void>;
}

function startThread(
  environment: Readonly<Record<string, string>>,
  { onLog, onBatch }: FunctionListeners,
  onEnd: () => void,
): Thread {
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    env: { ...environment },
    workerData: { observesBatches: onBatch !== undefined },
    stdout: true,
    stderr: true,
  });
  const waiting = new Map<number, Waiting>();
  const hear = (progress: Progress): void => {
    const invocation = waiting.get(progress.id);
    if ('begun' in progress) {
      invocation?.begun();
    } else {
      waiting.delete(progress.id);
      invocation?.settle(progress);
    }
  };
  const end = (name: string, message: string): void => {
    onEnd();
    for (const id of [...waiting.keys()]) hear({ id, error: { name, message } });
  };
  for (const output of [worker.stdout, worker.stderr]) createInterface({ input: output }).on('line', onLog);
  worker.on('message', (message: Progress | Observation) => {
    if ('batch' in message) onBatch?.(message.batch);
    else hear(message);
  });
  worker.on('error', (error) => end('Runtime.ExitError', String(error)));
  worker.on('exit', (code) => end('Runtime.ExitError', `the thread of the function ended with ${code}`));

  return {
    async call(invocation) {
      const timer = new AbortController();
      const begun = Promise.withResolvers<void>();
      const answer = new Promise<Outcome>((settle) => {
        waiting.set(invocation.id, { begun: begun.resolve, settle });
        worker.postMessage(invocation);
      });
      const overtime = begun.promise.then(() => timeout(invocation, timer.signal));
      try {
        return await Promise.race([answer, overtime]);
      } finally {
        timer.abort();
      }
    },
    async end() {
      await worker.terminate();
    },
  };
}

interface Waiting {
  readonly begun: () => void;
  readonly settle: (outcome: Outcome) => void;
}

/** What Lambda says of a function that runs out of time. */
async function timeout({ id, timeout: limit }: Invocation, signal: AbortSignal): Promise<Outcome> {
  await sleep(limit, undefined, { signal }).catch(() => {});
  return {
    id,
    error: { name: 'Sandbox.Timedout', message: `Task timed out after ${(limit / 1_000).toFixed(2)} seconds` },
  };
}
