import type { BatchReport } from '../../shared/sync/report.ts';
import type { Duration } from '../../shared/time.ts';

/** What the host tells a worker: call a module's handler. */
export interface Invocation {
  readonly id: number;
  /** Absolute path of the function's module. */
  readonly module: string;
  /** The event as JSON text: as on its way to a real function, what is not JSON does not arrive. */
  readonly event: string;
  readonly functionName: string;
  readonly memoryMegabytes: number;
  /** How long the invocation may take, from when the module is loaded: Lambda times the start of a function apart. */
  readonly timeout: Duration;
}

/** What a worker tells of a batch that the synchronizer handled, if its thread was started to. */
export interface Observation {
  readonly batch: Pick<BatchReport, 'records'>;
}

/** What a worker says of an invocation: that it has begun, and how it ended. */
export type Progress = { readonly id: number; readonly begun: true } | Outcome;

/** What a worker answers: the handler's answer as JSON text, or what it threw. */
export type Outcome =
  | { readonly id: number; readonly response: string | undefined }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };
