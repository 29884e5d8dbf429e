import { describe, expect, it } from 'vitest';
import { COLUMNS } from '../../../bench/strategies/columns.ts';
import { monthlyCost } from '../../../bench/strategies/cost.ts';
import { NO_CACHE } from '../../../bench/strategies/designs/no-cache.ts';
import { OURS_REFRESH } from '../../../bench/strategies/designs/ours.ts';
import { type Figures, figuresOf } from '../../../bench/strategies/figures.ts';
import { drawLatency, Luck } from '../../../bench/strategies/latency.ts';
import { Meter } from '../../../bench/strategies/meter.ts';
import { PRICES } from '../../../bench/strategies/prices.ts';
import type { Run } from '../../../bench/strategies/run.ts';
import { DEFAULT_SCENARIO } from '../../../bench/strategies/scenario.ts';
import { judge } from '../../../bench/strategies/verdict.ts';
import { requestsOf } from '../../../bench/strategies/workload.ts';
import { History } from '../../../bench/strategies/world/history.ts';
import { hours } from '../../../shared/time.ts';
import { Random } from '../../simulation/engine/random.ts';
import { SMALL } from './scenario.ts';

describe('latency', () => {
  it('has the median that was asked for, a body around it, and a tail of hiccups', () => {
    const random = new Random(1);
    const latency = { median: 5, spread: 0.3, hiccups: 0.01, hiccup: 200 };
    const drawn = Array.from({ length: 20_000 }, () => drawLatency(latency, random)).sort((a, b) => a - b);
    const at = (share: number): number => drawn[Math.floor(share * drawn.length)] ?? Number.NaN;

    expect(at(0.5)).toBeCloseTo(5, 0);
    expect(at(0.9)).toBeGreaterThan(6);
    expect(at(0.98)).toBeLessThan(20);
    expect(at(0.995)).toBeGreaterThan(50);
  });

  it('depends on the occasion and on what is called, not on what was called before', () => {
    const luck = (): Luck => new Luck(1, DEFAULT_SCENARIO.latencies, () => undefined);
    const [straight, roundabout] = [luck(), luck()];
    straight.begin(7);
    roundabout.begin(7);
    roundabout.take('cache');

    expect(roundabout.take('write')).toBe(straight.take('write'));
    expect(roundabout.take('write')).not.toBe(straight.take('read'));
  });

  it('is longer for some calls of the network while it is bad, and never for the stream', () => {
    const trouble = { share: 1, delay: 1_000 };
    const bad = new Luck(1, DEFAULT_SCENARIO.latencies, () => trouble);
    const good = new Luck(1, DEFAULT_SCENARIO.latencies, () => undefined);

    expect(bad.take('cache')).toBeGreaterThan(good.take('cache'));
    expect(bad.take('stream')).toBe(good.take('stream'));
  });
});

describe('the workload', () => {
  const requests = [...requestsOf(SMALL)];

  it('arrives in order, at the rate that was asked for', () => {
    const times = requests.map(({ at }) => at);

    expect(times).toEqual([...times].sort((a, b) => a - b));
    const expected = (SMALL.requestsPerSecond * (SMALL.warmUp + SMALL.duration)) / 1_000;
    expect(Math.abs(requests.length / expected - 1)).toBeLessThan(0.05);
  });

  it('has the share of writes that was asked for', () => {
    const share = requests.filter(({ kind }) => kind === 'write').length / requests.length;

    expect(share).toBeCloseTo(SMALL.writeShare, 1);
  });

  it('asks for the first item about twice as often as for the second', () => {
    const count = (item: number): number => requests.filter((one) => one.kind === 'item' && one.item === item).length;

    expect(count(0) / count(1)).toBeGreaterThan(1.6);
    expect(count(0) / count(1)).toBeLessThan(2.4);
  });
});

describe('an answer', () => {
  const history = new History<string, string>('first', (state) => state);
  history.commit('second', 100)(150);
  history.commit('third', 200);
  history.commit('first', 300);

  it('is not stale when it was true as it was asked for, or became true since', () => {
    expect(history.staleness('second', 100)).toMatchObject({ age: 0 });
    expect(history.staleness('third', 150)).toMatchObject({ age: 0 });
  });

  it('is as stale as the time since it stopped being true', () => {
    expect(history.staleness('second', 260)).toMatchObject({ age: 60 });
  });

  it('is given the benefit of the doubt where two states look like it', () => {
    expect(history.staleness('first', 1_000)).toMatchObject({ age: 0 });
  });

  it('is left stale once the design is done with the change that outdated it', () => {
    const settled = new History<string, string>('old', (state) => state);
    const settle = settled.commit('new', 100);

    expect(settled.staleness('old', 160)).toMatchObject({ age: 60, isLeft: false });
    settle(150);
    expect(settled.staleness('old', 149)).toMatchObject({ isLeft: false });
    expect(settled.staleness('old', 160)).toMatchObject({ isLeft: true });
  });

  it('that was never true is a mistake of the benchmark', () => {
    expect(() => history.staleness('never', 0)).toThrow('never true');
  });
});

describe('the monthly cost', () => {
  it('is what was used, scaled to a month, at the prices of the table', () => {
    const run = emptyRun({
      table: { reads: 0, readUnits: 2_000_000, writeUnits: 1_000_000 },
      cache: { calls: 0, bytes: 3e9 },
      stream: { invocations: 0, duration: 0 },
    });

    const cost = monthlyCost(run);

    expect(cost.tableReads).toBeCloseTo(730 * 2 * PRICES.tableReads);
    expect(cost.tableWrites).toBeCloseTo(730 * PRICES.tableWrites);
    expect(cost.cacheTransfer).toBeCloseTo(730 * 3 * PRICES.cacheTransfer);
    expect(cost.total).toBeCloseTo(cost.tableReads + cost.tableWrites + cost.cacheTransfer);
  });
});

describe('a verdict', () => {
  const none = figuresOf(emptyRun());
  const rival: Figures = { ...none, writeP99: 10, cacheCallsPerRequest: 1 };
  const judged = (ours: Partial<Figures>, id: string) => {
    const column = COLUMNS.find((one) => one.id === id);
    if (column === undefined) throw new Error(`no column ${id}`);
    const { id: design, name, description, isOurs } = OURS_REFRESH;
    const figures = { ...rival, ...ours, design: { id: design, name, description, isOurs } };
    return judge(figures, [rival, figures], column);
  };

  it('is best for a win and for a tie', () => {
    expect(judged({ writeP99: 5 }, 'writeP99')).toEqual({ kind: 'best' });
    expect(judged({ writeP99: 10.05 }, 'writeP99')).toEqual({ kind: 'best' });
  });

  it('names the trade where one was declared', () => {
    expect(judged({ cacheCallsPerRequest: 2 }, 'cacheCalls')).toMatchObject({ kind: 'trade' });
  });

  it('says what it is behind where none was', () => {
    expect(judged({ writeP99: 20 }, 'writeP99')).toEqual({ kind: 'behind', rivals: ['no-cache'] });
    expect(judged({ leftStale: 1 }, 'leftStale')).toEqual({ kind: 'behind', rivals: ['no-cache'] });
  });
});

function emptyRun(
  use: Run['use'] = {
    table: { reads: 0, readUnits: 0, writeUnits: 0 },
    cache: { calls: 0, bytes: 0 },
    stream: { invocations: 0, duration: 0 },
  },
): Run {
  const scenario = { ...SMALL, duration: hours(1) };
  return { design: NO_CACHE, scenario, meter: new Meter(SMALL.warmUp, hours(1)), use, staleForever: 0 };
}
