import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Stack } from '../../local/start/stack.ts';

/** A command that runs, in a process of its own as it is installed. */
export interface RunningCommand {
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<EndedCommand>;
}

export interface EndedCommand {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Starts a command against a stack, by the environment variables of the stack's synchronizer. */
export function startCommand({ template, functions }: Stack, ...args: readonly string[]): RunningCommand {
  const synchronizer = template.functions.find(({ bundle }) => bundle === 'sync');
  if (synchronizer === undefined) throw new Error('template.yaml has no synchronizer');
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    env: { ...process.env, ...functions.environment(synchronizer) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ended = Promise.all([code, text(child.stdout), text(child.stderr)]);
  return {
    kill: (signal) => void child.kill(signal),
    ended: ended.then(([exitCode, output, errors]) => ({ code: exitCode, output, errors })),
  };
}

const LAUNCHER = fileURLToPath(new URL('../../cli/launch.js', import.meta.url));
