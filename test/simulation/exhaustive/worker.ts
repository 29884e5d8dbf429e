import { parentPort, workerData } from 'node:worker_threads';
import { explore } from './explore.ts';
import type { ExplorationMessage, ExplorationTask } from './explore-all.ts';

// One scope on one core. It never gives way, so that it can only be told through memory to stop.
const { scope, stop }: ExplorationTask = workerData;
const flag = new Int32Array(stop);
const send = (message: ExplorationMessage): void => parentPort?.postMessage(message);

const exploration = await explore(scope, {
  progress: (states) => send({ kind: 'progress', states }),
  isOver: () => Atomics.load(flag, 0) !== 0,
});
send({ kind: 'done', exploration });
