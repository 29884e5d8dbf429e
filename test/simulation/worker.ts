import { parentPort, workerData } from 'node:worker_threads';
import { runEpisode } from './episode.ts';
import { seedOf, type WorkerTask } from './run.ts';
import { OURS } from './world/design.ts';

// One core's share of a run. It goes on until the run ends it.
const { seed, first, workers, perWorld, faults, losses }: WorkerTask = workerData;
for (let world = first; ; world += workers) {
  const result = await runEpisode({
    seed: seedOf(seed, world),
    design: OURS,
    faults,
    losses,
    operations: perWorld,
    countOnly: losses.length > 0,
  });
  parentPort?.postMessage(result);
}
