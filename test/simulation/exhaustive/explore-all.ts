import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { resourceLimits } from '../resources.ts';
import type { Exploration } from './explore.ts';
import type { Scope } from './small-world.ts';

/** What a worker is given. */
export interface ExplorationTask {
  readonly scope: Scope;
  /** Four bytes; not zero when it is to leave it at what it has tried. */
  readonly stop: SharedArrayBuffer;
}

/** What it says. */
export type ExplorationMessage =
  | { readonly kind: 'progress'; readonly states: number }
  | { readonly kind: 'done'; readonly exploration: Exploration };

export interface ExploreAllOptions {
  /** Scopes at once, each on a core of its own. */
  readonly workers: number;
  readonly progress: (scope: Scope, states: number) => void;
  /** Ends it early: then the explorations are what has been tried. */
  readonly until: AbortSignal;
}

/** Explores several scopes, several at a time; in their order. Those that were not begun in time are left out. */
export async function exploreAll(scopes: readonly Scope[], options: ExploreAllOptions): Promise<Exploration[]> {
  const stop = new SharedArrayBuffer(4);
  options.until.addEventListener('abort', () => void Atomics.store(new Int32Array(stop), 0, 1), { once: true });
  const limit = pLimit(options.workers);
  const explorations = scopes.map((scope) =>
    limit(() => (options.until.aborted ? undefined : exploreOne({ scope, stop }, options.progress))),
  );
  return (await Promise.all(explorations)).filter((exploration) => exploration !== undefined);
}

function exploreOne(task: ExplorationTask, progress: ExploreAllOptions['progress']): Promise<Exploration> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: task, resourceLimits });
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`a worker ended with code ${code}`)));
    worker.on('message', (message: ExplorationMessage) => {
      if (message.kind === 'progress') progress(task.scope, message.states);
      else resolve(message.exploration);
    });
  });
}
