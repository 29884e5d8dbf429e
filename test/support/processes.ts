import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a process of that id runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until something holds, up to `withinMs`; answers whether it does. */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (await holds()) return true;
    await sleep(20);
  }
  return holds();
}
