import { createInterface } from 'node:readline/promises';
import { UsageError } from '../errors.ts';
import { EXIT } from '../session.ts';

/**
 * Asks before something is changed. Anything but yes is no; Ctrl-C ends the process.
 *
 * @param question to be answered by yes or no
 * @throws {UsageError} where there is nobody to ask
 */
export async function confirm(question: string): Promise<boolean> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) throw new UsageError('There is no terminal to ask in: give --yes to go ahead.');
  // Standard output is for the answer of the command.
  const terminal = createInterface({ input: stdin, output: stderr });
  // Readline takes Ctrl-C for itself, and would leave the question open. Nothing has been changed yet.
  terminal.once('SIGINT', () => process.exit(EXIT.interrupted));
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
