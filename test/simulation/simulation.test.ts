import { describe, expect, it } from 'vitest';
import { hours } from '../../shared/time.ts';
import { compare } from './compare.ts';
import { DELETE_ON_CHANGE, SET_IN_PARALLEL, SET_ON_CHANGE } from './designs/plain.ts';
import { FAULT_NAMES, parseFaults, UnknownFaultError } from './engine/faults.ts';
import { type EpisodeOptions, runEpisode } from './episode.ts';
import { hunt } from './hunt.ts';
import { describeNines, ninesOf } from './nines.ts';
import { run } from './run.ts';
import { shrink } from './shrink.ts';
import { OURS } from './world/design.ts';

const WORLD: EpisodeOptions = { design: OURS, faults: FAULT_NAMES, seed: 7, operations: 5_000 };

describe('the real code in simulated worlds', () => {
  it('keeps the guarantees under all faults at once', { timeout: 180_000 }, async () => {
    const options = { ...parseFaults('all'), seed: 20_261_121, perWorld: 15_000, workers: 1 };
    const totals = await run({ ...options, operations: 300_000 });

    expect(totals.broken?.violation).toBeUndefined();
    expect(totals.violations).toBe(0);
    expect(totals.operations).toBeGreaterThanOrEqual(300_000);
    expect(totals.tableWrites).toBeGreaterThan(1_000);
  });

  it('keeps them without faults', { timeout: 60_000 }, async () => {
    const { violation, tableWrites } = await runEpisode({ ...WORLD, faults: [], operations: 20_000 });

    expect(violation).toBeUndefined();
    expect(tableWrites).toBeGreaterThan(100);
  });

  it('runs exactly the same again from the same seed', { timeout: 60_000 }, async () => {
    const once = await runEpisode({ ...WORLD, trace: true });
    const again = await runEpisode({ ...WORLD, trace: true });
    const other = await runEpisode({ ...WORLD, seed: 8 });

    expect(again.hash).toBe(once.hash);
    expect(again.steps).toBe(once.steps);
    expect(again.trace).toEqual(once.trace);
    expect(other.hash).not.toBe(once.hash);
  });

  it('runs the same whether a trace is kept or not', { timeout: 60_000 }, async () => {
    expect((await runEpisode({ ...WORLD, trace: true })).hash).toBe((await runEpisode(WORLD)).hash);
  });
});

describe('a violation', () => {
  it.each([SET_ON_CHANGE, SET_IN_PARALLEL, DELETE_ON_CHANGE])(
    'is found in what people ship: $name',
    { timeout: 120_000 },
    async (design) => {
      const hunted = { design, faults: FAULT_NAMES, firstSeed: 1, perWorld: 20_000, operations: 1_000_000 };
      const { found } = await hunt(hunted);

      expect(found?.violation?.promised).toMatch(/^G[12]$/);
    },
  );

  it('is told by a shorter way, which its seed runs again', { timeout: 120_000 }, async () => {
    const design = SET_ON_CHANGE;
    const { found } = await hunt({
      design,
      faults: FAULT_NAMES,
      firstSeed: 1,
      perWorld: 20_000,
      operations: 1_000_000,
    });
    const { options, result, lines } = await shrink({ ...WORLD, design, seed: found?.seed ?? 0, operations: 20_000 });

    expect(result.steps).toBeLessThanOrEqual(found?.steps ?? 0);
    expect(lines.at(-1)).toContain('VIOLATION');
    const again = await runEpisode(options);
    expect(again.violation).toEqual(result.violation);
    expect(again.hash).toBe(result.hash);
  });
});

describe('a store that loses what it has confirmed', () => {
  it('leaves entries stale no longer than their TTL, and audit finds them', { timeout: 120_000 }, async () => {
    const results = [];
    for (let seed = 1; seed <= 6; seed++) {
      results.push(await runEpisode({ ...WORLD, seed, losses: ['failover'], operations: 20_000, countOnly: true }));
    }

    expect(results.reduce((sum, { stale }) => sum + stale.entries, 0)).toBeGreaterThan(0);
    for (const { stale, leftStale } of results) {
      expect(stale.longest).toBeLessThanOrEqual(hours(1));
      expect(leftStale.audited).toBe(leftStale.entries);
    }
  });
});

describe('the comparison', () => {
  it('finds the usual design wrong and this one right, in the same worlds', { timeout: 180_000 }, async () => {
    const comparisons = await compare([1], [SET_ON_CHANGE, OURS]);
    const [theirs, ours] = comparisons.filter(({ weather }) => weather === 'all');

    expect(theirs?.becameStale).toBeGreaterThan(0);
    expect(ours?.becameStale).toBe(0);
    expect(ours?.leftStale).toBe(0);
  });
});

describe('the command line', () => {
  it('takes all faults, none, or a list, and names what it does not know', () => {
    expect(parseFaults('all')).toEqual({ faults: FAULT_NAMES, losses: [] });
    expect(parseFaults('none')).toEqual({ faults: [], losses: [] });
    expect(parseFaults('slow, failover')).toEqual({ faults: ['slow'], losses: ['failover'] });
    expect(parseFaults('all,eviction')).toEqual({ faults: FAULT_NAMES, losses: ['eviction'] });
    expect(() => parseFaults('slow,rain')).toThrow(UnknownFaultError);
  });

  it('says by the rule of three what a run supports', () => {
    expect(ninesOf(3_000)).toBeCloseTo(3);
    expect(ninesOf(2)).toBe(0);
    expect(describeNines(3_000_000)).toBe('6.0 nines (99.99990 %)');
  });
});
