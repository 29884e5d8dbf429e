import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, at most until the signal aborts; whoever waits asks the signal then. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** Waits by the machine's clock. */
export const timer: Wait = async (ms, signal) => {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};
