import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A process that ends with this one. */
export interface GuardedProcess {
  /** Everything that it wrote so far, to standard output and standard error. */
  output(): string;
  /** Settles when it has ended, with its exit code. */
  readonly exited: Promise<number>;
  /** Ends it and waits until it is gone. May be called more than once. */
  stop(): Promise<void>;
}

/**
 * Starts a command that cannot outlive this process: not when it exits, crashes, or is killed with SIGKILL. In between
 * stands a guard that holds the reading end of a pipe and ends the command when the pipe closes.
 */
export function startGuarded(command: string, args: readonly string[], options: { cwd?: string } = {}): GuardedProcess {
  const guard: ChildProcess = spawn(process.execPath, [GUARD, command, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own: Ctrl-C in a terminal goes to the whole group, and would end the command before
    // whoever uses it has finished with it.
    detached: true,
    ...options,
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-OUTPUT_KEPT);
  };
  guard.stdout?.on('data', keep);
  guard.stderr?.on('data', keep);

  const exited = new Promise<number>((done, failed) => {
    guard.once('error', failed);
    guard.once('close', (code) => done(code ?? -1));
  });
  return {
    output: () => output,
    exited,
    async stop() {
      guard.stdin?.end();
      await exited;
    },
  };
}

const GUARD = fileURLToPath(new URL('guard.ts', import.meta.url));
const OUTPUT_KEPT = 16_384;
