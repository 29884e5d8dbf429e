import { afterAll, describe, expect, it, vi } from 'vitest';
import cacheMap from '../../../../cache.config.ts';
import { createEventClock } from '../../../../local/replay/event-clock.ts';
import { readEventFiles } from '../../../../local/replay/read-files.ts';
import { type FileReport, isGood, type ReplayReport, summarize } from '../../../../local/replay/report.ts';
import { type ReplayOptions, replay } from '../../../../local/replay/run.ts';
import { overrideRuntime } from '../../../../shared/runtime/overrides.ts';
import { createSyncFunction } from '../../../../shared/runtime/sync-function.ts';
import { StoreUnavailable } from '../../../../shared/store/errors.ts';
import { createMemoryStore } from '../../../../shared/store/memory.ts';
import type { CacheStore, CallOptions } from '../../../../shared/store/port.ts';

// Before the logger is loaded, which reads its level then.
vi.hoisted(() => {
  vi.stubEnv('CACHE_STORE', 'memory');
  vi.stubEnv('CACHE_NAMESPACE', 'replay');
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
});
afterAll(() => {
  vi.unstubAllEnvs();
  overrideRuntime({});
});

/** Replays samples over a store that somebody has tampered with. */
async function replayOver(
  patterns: readonly string[],
  tamper: (store: CacheStore) => CacheStore = (store) => store,
  options: Partial<ReplayOptions> = {},
): Promise<ReplayReport> {
  const clock = createEventClock(0);
  const store = tamper(createMemoryStore({ clock }));
  const reports: FileReport[] = [];
  const running = replay({
    files: await readEventFiles(patterns),
    map: cacheMap,
    store,
    clock,
    namespace: 'replay',
    printed() {},
    load: () => createSyncFunction(cacheMap),
    ...options,
  });
  for await (const report of running) reports.push(report);
  return summarize(reports, { store: 'memory', metrics: [], mixedKeys: [] });
}

/** Readers try once; what is tried again is written by the stream function. */
const isOfTheFunction = (options?: CallOptions): boolean => (options?.attempts ?? 1) > 1;

/** Claims that the function's writes of entries were stored, and drops them. */
const losingEntries = (store: CacheStore): CacheStore => ({
  ...store,
  setIfAbsent: async (key, value, ttl, options) =>
    isOfTheFunction(options) || store.setIfAbsent(key, value, ttl, options),
  setIfUnchanged: async (key, value, expected, ttl, options) =>
    isOfTheFunction(options) || store.setIfUnchanged(key, value, expected, ttl, options),
});

/** The same for the generations of collections. */
const losingGenerations = (store: CacheStore): CacheStore => ({
  ...store,
  setMany: async (writes, options) => (isOfTheFunction(options) ? undefined : store.setMany(writes, options)),
});

describe('a replay', () => {
  it('finds that every entry agrees, where the function does its work', async () => {
    const report = await replayOver(['events/0*.json']);

    expect(report.disagreements).toEqual([]);
    expect(isGood(report)).toBe(true);
    expect(report.entries.some(({ stored, outcome }) => stored === 'value' && outcome === 'hit')).toBe(true);
    expect(report.entries.some(({ stored }) => stored === 'outdated')).toBe(true);
  });

  it('catches a stale value', async () => {
    const report = await replayOver(['events/02*.json'], losingEntries);

    expect(isGood(report)).toBe(false);
    expect(report.disagreements).toMatchObject([
      { kind: 'item', name: 'user', key: 'USER#alice', stored: 'value', outcome: 'hit', agrees: false },
    ]);
    const [{ difference } = { difference: undefined }] = report.disagreements;
    expect(difference?.answered).toContain('Archer');
    expect(difference?.implied).toContain('Baker');
  });

  it('catches an absence of what was inserted, and a value of what was removed', async () => {
    const report = await replayOver(['events/01*.json', 'events/03*.json'], losingEntries);

    expect(report.disagreements.map(({ key, outcome, implied }) => [key, outcome, implied])).toEqual([
      ['USER#alice', 'absent', 'value'],
      ['USER#bob', 'hit', 'absent'],
    ]);
  });

  it('catches a claim about what the events do not tell', async () => {
    const report = await replayOver(['events/0[78]*.json', 'events/22*.json'], losingEntries);
    const claims = report.disagreements.filter(({ file }) => file.includes('22'));

    expect(claims).toContainEqual(
      expect.objectContaining({ key: 'ORDER#order-1001', outcome: 'hit', implied: 'unknown' }),
    );
  });

  it('catches a page that a change should have made invalid', async () => {
    const report = await replayOver(['events/0[789]*.json'], losingGenerations);

    expect(report.disagreements).toContainEqual(
      expect.objectContaining({ kind: 'page', name: 'open-orders', stored: 'page', outcome: 'hit' }),
    );
  });

  it('tells records that were not applied from those that were', async () => {
    const failing = (store: CacheStore): CacheStore => ({
      ...store,
      setIfUnchanged: async () => {
        throw new StoreUnavailable('memory.setIfUnchanged', 'gone');
      },
    });
    const report = await replayOver(['events/02*.json'], failing);

    expect(report.records).toMatchObject([{ decision: 'failed', key: 'USER#alice' }]);
    expect(isGood(report)).toBe(false);
  });

  it('without a reader at work, shows what the changes leave in an empty cache', async () => {
    const report = await replayOver(['events/0[27]*.json'], undefined, { cold: true });

    expect(report.records).toMatchObject([
      { event: 'MODIFY', decision: 'tombstoned' },
      { event: 'INSERT', decision: 'prefilled' },
    ]);
  });

  it('tells of a change whose event is not among those that were given', async () => {
    const report = await replayOver(['events/01*.json', 'events/12*.json']);

    expect(report.disagreements).toMatchObject([
      { key: 'USER#alice', difference: { problem: expect.stringContaining('skip a change of this item') } },
    ]);
  });
});
