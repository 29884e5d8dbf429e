import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { UsageError } from './errors.ts';

/**
 * Reads where a command was interrupted.
 *
 * @throws {UsageError} when there is no such file, or it holds no JSON
 */
export async function readCheckpointFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`There is no checkpoint at ${path}: start without --resume.`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${path} holds no checkpoint: start without --resume.`);
  }
}

/** Keeps where a command is. It names keys, so that nobody else may read it; a crash leaves the old one or the new. */
export async function writeCheckpointFile(path: string, checkpoint: unknown): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(checkpoint)}\n`, { mode: 0o600 });
  await rename(draft, path);
}

/** Nothing is left to continue. */
export async function removeCheckpointFile(path: string): Promise<void> {
  await rm(path, { force: true });
}
