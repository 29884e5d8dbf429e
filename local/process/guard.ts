/**
 * Runs a command and ends it when this process's standard input closes, which the kernel sees to when the parent dies,
 * however it dies. Started by {@link file://./guarded.ts}.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const GRACE_MS = 3_000;

const [command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });

child.once('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.once('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));

process.stdin.resume();
process.stdin.once('close', endChild);
process.once('SIGTERM', endChild);
// Writing to a parent that is gone must not end the guard before its child.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

function endChild(): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
}
