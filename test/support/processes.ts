import { readFileSync } from 'node:fs';
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

/** The processes that a process has started, and those that these have. Linux only. */
export function descendantsOf({ pid }: { readonly pid?: number | undefined }): number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap((child) => descendantsOf({ pid: child }))];
}

/** Linux lists them for each thread; whoever starts processes from the first one has them all there. */
function childrenOf(pid: number | undefined): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return list === '' ? [] : list.split(' ').map(Number);
  } catch {
    return [];
  }
}
