/**
 * Listens for Ctrl-C (and SIGTERM) from this call on: the first one aborts the signal, another one ends the process with
 * 130 at once.
 */
export function listenForInterruption(): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const now = performance.now();
      first ??= now;
      if (controller.signal.aborted && now - first > ONE_KEYSTROKE_MS) process.exit(INTERRUPTED);
      controller.abort(new Interrupted('ended by Ctrl-C'));
    });
  }
  return controller.signal;
}

/** Why work was ended early: because somebody asked for it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Exit code of what Ctrl-C has ended, as shells count it. */
export const INTERRUPTED = 130;

/**
 * One Ctrl-C arrives twice under npm and npx: the terminal sends it to every process of the group, and npm passes its
 * own on. Within this time it is one.
 */
const ONE_KEYSTROKE_MS = 250;
