import { INTERRUPTED } from '../local/process/interruption.ts';
import type { Output } from './terminal/output.ts';

/** Exit codes of every command. */
export const EXIT = {
  /** Done, and nothing disagrees. */
  fine: 0,
  /** Done, and a disagreement was found. */
  disagreement: 1,
  /** Not done: the usage, the configuration or a service that it needs; one sentence says which. */
  unusable: 2,
  /** Ended by Ctrl-C. */
  interrupted: INTERRUPTED,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What every command is given: the process that it runs in. */
export interface Session {
  readonly output: Output;
  readonly environment: NodeJS.ProcessEnv;
  /**
   * A signal that the first Ctrl-C aborts, for a command that has something to put in order; the second one ends the
   * process at once. Without having asked for it, a command ends with the first.
   */
  interruption(): AbortSignal;
  /** Tells the exit code. The process ends once nothing is left to do. */
  done(exitCode: ExitCode): void;
}
