import { createInterface } from 'node:readline/promises';
import { UsageError } from '../errors.ts';

/**
 * Asks before something is changed.
 *
 * @param question without the question mark's answers
 * @throws {UsageError} where there is nobody to ask
 */
export async function confirm(question: string): Promise<boolean> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) throw new UsageError('There is no terminal to ask in: give --yes to go ahead.');
  // Standard output is for the answer of the command.
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
