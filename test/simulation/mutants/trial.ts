import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Promised } from '../oracle/violation.ts';

/** What became of one mutant or variant. */
export interface Trial {
  readonly name: string;
  /** What it broke; `undefined` when it survived. */
  readonly broke: Promised | undefined;
  readonly what: string | undefined;
  /** Steps of the scheduler and store operations, until then or in all. */
  readonly steps: number;
  readonly operations: number;
  /** Seed of the world that caught it. */
  readonly seed: number | undefined;
}

/** A trial could not be held. */
export class TrialFailure extends Error {
  override readonly name = 'TrialFailure';
}

/**
 * Holds the trial of one mutant in a process of its own, because it changes the modules that are loaded there.
 *
 * @param firstSeed `known`: the first one that is known to show it
 * @param operations to give up after
 * @throws {TrialFailure} when its patches do not fit, or the process fails otherwise
 */
export async function tryMutant(name: string, firstSeed: number | 'known', operations: number): Promise<Trial> {
  const script = fileURLToPath(new URL('./trial-main.ts', import.meta.url));
  const child = spawn(process.execPath, [script, name, String(firstSeed), String(operations)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [code, output, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new TrialFailure(`the trial of '${name}' failed: ${errors.trim()}`);
  return JSON.parse(output);
}
