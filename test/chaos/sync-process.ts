import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Outcome, Progress } from '../../local/lambda/protocol.ts';
import { sourceOf } from '../../local/template/source.ts';
import type { FunctionDefinition } from '../../local/template/template.ts';

/** The synchronizer in a process of its own, which can be killed as nothing else can. */
export interface SyncProcess {
  /** @throws when the function does, or when the process is killed meanwhile */
  invoke(event: unknown): Promise<unknown>;
  /** SIGKILL: no handler runs, nothing is flushed. */
  kill(): Promise<void>;
}

/** Starts a process and lets it load the function, which takes longer than many a batch. */
export async function startSyncProcess(
  definition: FunctionDefinition,
  environment: Readonly<Record<string, string>>,
): Promise<SyncProcess> {
  const { bundle: functionName, timeout, memoryMegabytes } = definition;
  const module = sourceOf(functionName);
  const child: ChildProcess = fork(WORKER, {
    env: { ...environment },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const ended = once(child, 'exit');
  const waiting = new Map<number, (outcome: Outcome) => void>();
  let invocations = 0;

  child.on('message', (progress: Progress) => {
    if ('begun' in progress) return;
    waiting.get(progress.id)?.(progress);
  });
  child.once('exit', () => {
    for (const [id, settle] of waiting) settle({ id, error: { name: 'Killed', message: 'the process was killed' } });
  });

  async function invoke(event: unknown): Promise<unknown> {
    if (!child.connected) throw new Error('the process is gone');
    const id = ++invocations;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    waiting.set(id, resolve);
    child.send({ id, module, event: JSON.stringify(event), functionName, memoryMegabytes, timeout }, (error) => {
      if (error) resolve({ id, error: { name: error.name, message: error.message } });
    });
    const outcome = await promise;
    waiting.delete(id);
    if ('error' in outcome) throw new Error(`${outcome.error.name}: ${outcome.error.message}`);
    return outcome.response === undefined ? undefined : JSON.parse(outcome.response);
  }

  await invoke({ Records: [] });
  return {
    invoke,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const WORKER = fileURLToPath(new URL('../../local/lambda/worker.ts', import.meta.url));
