import { describe, expect, it } from 'vitest';
import { DELETE_ON_CHANGE, SET_ON_CHANGE } from './designs/plain.ts';
import { FAULT_NAMES } from './engine/faults.ts';
import { runEpisode } from './episode.ts';
import { tryMutant } from './mutants/trial.ts';
import { run } from './run.ts';
import { OURS } from './world/design.ts';

const ALL = { faults: FAULT_NAMES, losses: [] } as const;

describe('the real code in simulated worlds', () => {
  it('keeps the guarantees under all faults at once', { timeout: 180_000 }, async () => {
    const totals = await run({ ...ALL, seed: 20_261_121, operations: 300_000, perWorld: 15_000, workers: 1 });

    expect(totals.broken?.violation).toBeUndefined();
    expect(totals.violations).toBe(0);
    expect(totals.operations).toBeGreaterThanOrEqual(300_000);
    expect(totals.tableWrites).toBeGreaterThan(1_000);
  });

  it('runs exactly the same again from the same seed', { timeout: 60_000 }, async () => {
    const once = await runEpisode({ ...ALL, design: OURS, seed: 7, operations: 5_000 });
    const again = await runEpisode({ ...ALL, design: OURS, seed: 7, operations: 5_000 });
    const other = await runEpisode({ ...ALL, design: OURS, seed: 8, operations: 5_000 });

    expect(again.hash).toBe(once.hash);
    expect(again.steps).toBe(once.steps);
    expect(other.hash).not.toBe(once.hash);
  });

  it.each([SET_ON_CHANGE, DELETE_ON_CHANGE])('catches what people ship: $name', { timeout: 60_000 }, async (design) => {
    const { violation } = await runEpisode({ ...ALL, design, seed: 1, operations: 50_000 });

    expect(violation).toBeDefined();
  });

  it.each(['plain set as fill', 'delete instead of tombstone', 'key left empty when sync found it empty'])(
    'catches the code with %s',
    { timeout: 120_000 },
    async (mutant) => {
      const { broke } = await tryMutant(mutant, 1, 2_000_000);

      expect(broke).toBeDefined();
    },
  );
});
