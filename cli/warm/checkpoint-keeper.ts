import type { Checkpoint } from '../../shared/warm/checkpoint.ts';
import { removeCheckpointFile, writeCheckpointFile } from '../checkpoint-file.ts';

/** Keeps the newest checkpoint of a run in a file while it runs, so that even a killed run can be continued. */
export interface CheckpointKeeper {
  /** Takes a newer checkpoint. It is written now and then. */
  take(checkpoint: Checkpoint): void;
  /**
   * Writes the newest one, if there is any.
   *
   * @returns whether the file holds a checkpoint
   * @throws the system’s error when it cannot be written
   */
  keep(): Promise<boolean>;
  /** Takes the file away: nothing is left to continue. */
  discard(): Promise<void>;
}

/** @param interval least time between two writes, ms */
export function checkpointKeeper(path: string, interval = 1_000): CheckpointKeeper {
  let newest: Checkpoint | undefined;
  let begun = performance.now();
  /** Never rejects: if the file cannot be written, the last attempt will tell. */
  let writing: Promise<unknown> | undefined;

  return {
    take(checkpoint) {
      newest = checkpoint;
      const now = performance.now();
      if (writing !== undefined || now - begun < interval) return;
      begun = now;
      writing = writeCheckpointFile(path, checkpoint)
        .catch(() => {})
        .finally(() => {
          writing = undefined;
        });
    },
    async keep() {
      await writing;
      if (newest === undefined) return false;
      await writeCheckpointFile(path, newest);
      return true;
    },
    async discard() {
      // What is being written would otherwise come after the removal.
      await writing;
      await removeCheckpointFile(path);
    },
  };
}
