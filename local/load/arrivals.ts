import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `arrive` at random moments, so many a second on average, whether or not earlier ones are done: an open loop. A
 * generator that waits for answers asks less while the server is slow, and so leaves out what it should measure
 * ("coordinated omission").
 *
 * @param arrive is told when it was due (`performance.now()`), from where a latency has to be counted
 * @param random uniform in [0, 1); gaps are exponential, as those of many callers who know nothing of each other
 */
export async function arrivals(
  { rps, seconds }: { readonly rps: number; readonly seconds: number },
  random: () => number,
  arrive: (dueAt: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  const gap = (): number => (-Math.log(1 - random()) / rps) * 1_000;
  let dueAt = performance.now() + gap();
  while (dueAt < end && !signal.aborted) {
    const wait = dueAt - performance.now();
    if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => {});
    for (; dueAt <= performance.now() && dueAt < end && !signal.aborted; dueAt += gap()) arrive(dueAt);
  }
}
