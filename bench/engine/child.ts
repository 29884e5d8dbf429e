import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process that answers requests, one at a time; it ends with this one. */
export interface Child<Request extends object, Answer> {
  /** @throws when it ends before it has answered */
  ask(request: Request): Promise<Answer>;
  stop(): Promise<void>;
}

/**
 * Starts a module in a process of its own and waits until it says `ready`; see {@link serve}, which is its other end.
 *
 * @param module relative to this folder
 * @param argument what the module is told at its start, as JSON
 */
export async function startChild<Request extends object, Answer>(
  module: string,
  argument: object = {},
  flags: readonly string[] = [],
): Promise<Child<Request, Answer>> {
  const path = fileURLToPath(new URL(module, import.meta.url));
  const child = fork(path, [JSON.stringify(argument)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [...flags],
  });
  await nextMessage(child, module);
  return {
    async ask(request) {
      const answer = nextMessage<Answer>(child, module);
      child.send(request);
      return answer;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/** In the child: answers each request, and ends when the parent is gone. */
export function serve<Request, Answer>(handle: (request: Request) => Answer | Promise<Answer>): void {
  process.on('message', async (request: Request) => void process.send?.(await handle(request)));
  process.on('disconnect', () => process.exit(0));
  process.send?.('ready');
}

/** In the child: what {@link startChild} was given. */
export const argument = (): string => process.argv[2] ?? '{}';

function nextMessage<Message>(child: ChildProcess, module: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`${module} ended with code ${code}`));
    child.once('exit', onExit);
    child.once('message', (message: Message) => {
      child.off('exit', onExit);
      resolve(message);
    });
  });
}
