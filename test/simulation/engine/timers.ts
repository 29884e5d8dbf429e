import type { Scheduler } from './scheduler.ts';

/**
 * Lets `setTimeout` and `clearTimeout` run on virtual time while a world does, so that code which bounds a wait with
 * them sees no other time than the rest of the world. One world at a time.
 *
 * @returns puts the real ones back
 */
export function takeOverTimers(scheduler: Scheduler): () => void {
  const { setTimeout, clearTimeout } = globalThis;
  const pending = new Set<object>();

  Reflect.set(globalThis, 'setTimeout', (run: () => void, delay = 0): object => {
    const timer = {};
    pending.add(timer);
    scheduler.after(delay, () => {
      if (!pending.delete(timer)) return;
      scheduler.wake();
      run();
    });
    return timer;
  });
  Reflect.set(globalThis, 'clearTimeout', (timer: object | undefined): void => {
    if (timer !== undefined) pending.delete(timer);
  });
  return () => {
    Reflect.set(globalThis, 'setTimeout', setTimeout);
    Reflect.set(globalThis, 'clearTimeout', clearTimeout);
  };
}
