import { existsSync } from 'node:fs';
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

/**
 * Finds out whether a checkpoint can be kept here, before there is anything that would be lost with it.
 *
 * @throws {UsageError} when it cannot
 */
export async function probeCheckpointFile(path: string): Promise<void> {
  try {
    await writeFile(draftOf(path), '', { mode: 0o600 });
    await rm(draftOf(path));
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/**
 * Keeps what an earlier run has paid for from being written over.
 *
 * @throws {UsageError} when the file is there
 */
export function requireNoCheckpoint(path: string): void {
  if (!existsSync(path)) return;
  throw new UsageError(
    `${path} says where an earlier run was ended: go on with --resume, keep this run elsewhere with --checkpoint, or delete it to begin anew.`,
  );
}

/**
 * Keeps where a command is. It names keys, so that nobody else may read it; a crash leaves the old one or the new.
 *
 * @throws {UsageError} when it cannot be written
 */
export async function writeCheckpointFile(path: string, checkpoint: unknown): Promise<void> {
  try {
    await writeFile(draftOf(path), `${JSON.stringify(checkpoint)}\n`, { mode: 0o600 });
    await rename(draftOf(path), path);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** Nothing is left to continue. */
export async function removeCheckpointFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

const draftOf = (path: string): string => `${path}.${process.pid}`;

function unwritable(path: string, cause: unknown): UsageError {
  const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
  return new UsageError(`${path} cannot be written${code}: name a file for the checkpoint with --checkpoint.`, {
    cause,
  });
}
