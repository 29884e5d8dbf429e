import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually } from './processes.ts';

/** How a command ended. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface RunningCli {
  readonly process: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Waits until it has printed something like this, on either side. */
  printed(pattern: RegExp): Promise<void>;
}

/**
 * Starts the command line as a process of its own. What is set where the tests run is not for it.
 *
 * @param nodeOptions for the Node that runs the launcher
 */
export function startCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = [],
): RunningCli {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [...nodeOptions, LAUNCHER, ...args], {
    cwd: ROOT,
    env: { PATH, HOME, COLUMNS: '120', ...environment },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    process: child,
    ended,
    async printed(pattern) {
      if (await eventually(() => pattern.test(stdout + stderr), 15_000)) return;
      throw new Error(`it did not print ${pattern}, but:\n${stdout}\n${stderr}`);
    },
  };
}

/** Runs a command to its end. */
export const runCli = (args: readonly string[], environment: Readonly<Record<string, string>>): Promise<CliResult> =>
  startCli(args, environment).ended;

/** Makes a Node say that it is too old to run the command line, which then has to be handed on to the pinned one. */
export const OLD_NODE = [
  '--import',
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.0.0'}})`,
];

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const LAUNCHER = fileURLToPath(new URL('../../cli/launch.js', import.meta.url));
