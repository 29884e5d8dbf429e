import { beforeAll, describe, expect, it } from 'vitest';
import { compare, type Report } from '../../../bench/strategies/compare.ts';
import { BLIND_STREAM } from '../../../bench/strategies/designs/blind-stream.ts';
import { DESIGNS } from '../../../bench/strategies/designs/list.ts';
import { OURS_REFRESH } from '../../../bench/strategies/designs/ours.ts';
import { type Figures, figuresOf } from '../../../bench/strategies/figures.ts';
import { renderHtml } from '../../../bench/strategies/report/page.ts';
import { runDesign } from '../../../bench/strategies/run.ts';
import { SMALL } from './scenario.ts';

const SEEDS = [1, 2];

describe('the designs side by side', () => {
  const bySeed: Report[] = [];

  beforeAll(async () => {
    for (const seed of SEEDS) bySeed.push(await compare({ ...SMALL, seed }, [SMALL.writeShare]));
  });

  const all = (id: string): Figures[] =>
    bySeed.flatMap(({ comparisons }) =>
      comparisons.flatMap(({ designs }) => designs.filter(({ design }) => design.id === id)),
    );
  const sum = (id: string, value: (figures: Figures) => number): number =>
    all(id).reduce((total, figures) => total + value(figures), 0);

  it('gives every design the same requests', () => {
    const writes = (id: string): number[] => all(id).map((figures) => figures.writes);
    const reads = (id: string): number[] => all(id).map((figures) => figures.reads);
    for (const { id, afterWrite } of DESIGNS) {
      expect(writes(id)).toEqual(writes('no-cache'));
      // Who waits for the cache after a write reads back later what it inserted, and perhaps not while it is measured.
      if (afterWrite === undefined) expect(reads(id)).toEqual(reads('no-cache'));
    }
  });

  it('asks no cache where there is none, and the table for everything else', () => {
    for (const figures of all('no-cache')) {
      expect(figures.cacheCallsPerRequest).toBe(0);
      expect(figures.hitRatio).toBe(0);
      expect(figures.leftStale).toBe(0);
    }
  });

  it('leaves entries stale until their TTL ends when nothing but the TTL corrects them', () => {
    expect(sum('read-aside', ({ leftStale }) => leftStale)).toBeGreaterThan(0);
    for (const figures of all('read-aside')) {
      expect(figures.staleLongest).toBeGreaterThan(10_000);
      expect(figures.staleLongest).toBeLessThanOrEqual(SMALL.shortTtl);
      expect(figures.staleForever).toBe(0);
    }
  });

  it('makes writers wait for the cache where they keep it in step, and leaves stale what a reader fills late', () => {
    const withoutCache = all('no-cache');
    all('write-aside').forEach((figures, i) => {
      expect(figures.writeP50).toBeGreaterThan(withoutCache[i]?.writeP50 ?? Number.NaN);
    });
    expect(sum('write-aside', ({ leftStale }) => leftStale)).toBeGreaterThan(0);
  });

  it('leaves entries stale where the stream function writes blindly, some of them for ever', () => {
    expect(sum('blind-stream', ({ leftStale }) => leftStale)).toBeGreaterThan(0);
    expect(sum('blind-stream', ({ staleForever }) => staleForever)).toBeGreaterThan(0);
  });

  it.each(['ours-refresh', 'ours-invalidate'])('leaves nothing stale with %s', (id) => {
    expect(sum(id, ({ staleAnswers }) => staleAnswers)).toBeGreaterThan(0);
    expect(sum(id, ({ leftStale }) => leftStale)).toBe(0);
    expect(sum(id, ({ staleForever }) => staleForever)).toBe(0);
  });

  it.each(['blind-stream', 'ours-refresh', 'ours-invalidate'])(
    'costs a writer nothing where the stream does the work, as with %s',
    (id) => {
      const withoutCache = all('no-cache');
      all(id).forEach((figures, i) => {
        expect(figures.writeP99).toBe(withoutCache[i]?.writeP99);
      });
    },
  );

  it('makes a report that needs nothing from anywhere else', () => {
    for (const report of bySeed) {
      const page = renderHtml(report);

      expect(page).not.toMatch(/https?:|\/\/[a-z]|<script|<link|<img|@import|url\(|\bsrc=/i);
      for (const { name } of DESIGNS) expect(page).toContain(name);
      expect(page).not.toContain('NaN');
    }
  });
});

describe('refresh', () => {
  it('answers more often from the cache, and sooner, than a stream function that writes blindly', async () => {
    const calm = { ...SMALL, spells: { ...SMALL.spells, share: 0 } };

    const ours = figuresOf(await runDesign(OURS_REFRESH, calm));
    const blind = figuresOf(await runDesign(BLIND_STREAM, calm));

    expect(ours.hitRatio).toBeGreaterThan(blind.hitRatio);
    expect(ours.readP99).toBeLessThan(blind.readP99);
  });
});

describe('a seed', () => {
  it.each([BLIND_STREAM, OURS_REFRESH])('decides every figure of $name', async (design) => {
    const brief = { ...SMALL, duration: SMALL.warmUp };

    const first = figuresOf(await runDesign(design, brief));
    const again = figuresOf(await runDesign(design, brief));
    const other = figuresOf(await runDesign(design, { ...brief, seed: 99 }));

    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('makes the same report, byte for byte', async () => {
    const page = async (): Promise<string> => renderHtml(await compare({ ...SMALL, duration: SMALL.warmUp }, [0.05]));

    expect(await page()).toBe(await page());
  });
});
