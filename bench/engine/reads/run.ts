import { CacheClient, CacheGetResponse, Configurations, NoopMomentoLoggerFactory } from '@gomomento/sdk';
import { Bench } from 'tinybench';
import { createReader } from '../../../shared/read/reader.ts';
import { createMomentoStore } from '../../../shared/store/momento.ts';
import { seconds } from '../../../shared/time.ts';
import { CACHE_NAME, credentialOf, startCacheProcess } from '../cache-process.ts';
import type { PartReport } from '../report.ts';
import type { PartOptions } from '../run.ts';
import { median, medianRatio } from '../statistics.ts';
import { tableOfThings, thing, thingOf } from '../things.ts';

/** The hit path: one key, one read at a time, by our reader and by the bare SDK, which take turns in one process. */
export async function runReads({ runs, quick }: PartOptions): Promise<PartReport> {
  const cache = await startCacheProcess();
  const credential = credentialOf(cache.endpoint);
  const client = await CacheClient.create({
    credentialProvider: credential,
    configuration: Configurations.Lambda.latest(new NoopMomentoLoggerFactory()),
    defaultTtlSeconds: 3_600,
  });
  const store = await createMomentoStore({ cacheName: CACHE_NAME, credential });
  // On a busy machine too: what is measured is hits, and not the table.
  const settings = { cacheTimeout: seconds(5), fillTimeout: seconds(5) };
  const reader = createReader({ store, table: tableOfThings(), namespace: 'reads', settings });
  const text = JSON.stringify(thingOf('a'));
  await client.set(CACHE_NAME, 'bare', text);
  await reader.get(thing, { id: 'a' });

  const bare = async (): Promise<string> => {
    const response = await client.get(CACHE_NAME, 'bare');
    if (response.type !== CacheGetResponse.Hit) throw new Error(`the bare get was a ${response.type}`);
    return response.valueString();
  };
  const ours = async (read: Promise<{ readonly outcome: string }>): Promise<unknown> => {
    const result = await read;
    if (result.outcome !== 'hit') throw new Error(`the read was a ${result.outcome}`);
    return result;
  };
  const ways: Record<Way, () => Promise<unknown>> = {
    'SDK get, JSON.parse': async () => JSON.parse(await bare()),
    'reader.get': () => ours(reader.get(thing, { id: 'a' })),
    'SDK get, text': bare,
    'reader.getJson': () => ours(reader.getJson(thing, { id: 'a' })),
  };
  try {
    const time = quick ? 20 : TIME;
    await measure(ways, time);
    const measured: Record<Way, Figures>[] = [];
    // Of short runs more are needed, and more can be had.
    for (let run = 0; run < (quick ? 1 : runs * 3); run += 1) measured.push(await measure(ways, time));
    return reportOf(measured);
  } finally {
    client.close();
    await store.close();
    await cache.stop();
  }
}

const WAYS = ['SDK get, JSON.parse', 'reader.get', 'SDK get, text', 'reader.getJson'] as const;
type Way = (typeof WAYS)[number];

/** Milliseconds of one run of one way. */
const TIME = 250;

interface Figures {
  /** Median of the latency, microseconds. */
  readonly p50: number;
  /** Microseconds of this process's CPU. */
  readonly cpu: number;
}

async function measure(ways: Record<Way, () => Promise<unknown>>, time: number): Promise<Record<Way, Figures>> {
  const measureOne = async (way: Way): Promise<Figures> => {
    const bench = new Bench({ time, iterations: 10, warmup: false, throws: true });
    bench.add(way, ways[way]);
    const before = process.cpuUsage();
    const [task] = await bench.run();
    const { user, system } = process.cpuUsage(before);
    if (task?.result.state !== 'completed') throw new Error(`${way} was not measured`);
    const { latency } = task.result;
    return { p50: latency.p50 * 1_000, cpu: (user + system) / latency.samplesCount };
  };
  return {
    'SDK get, JSON.parse': await measureOne('SDK get, JSON.parse'),
    'reader.get': await measureOne('reader.get'),
    'SDK get, text': await measureOne('SDK get, text'),
    'reader.getJson': await measureOne('reader.getJson'),
  };
}

function reportOf(runs: readonly Record<Way, Figures>[]): PartReport {
  const all = (way: Way, figure: keyof Figures): number[] => runs.map((run) => run[way][figure]);
  const beyond = (of: Way, over: Way): number => median(runs.map((run) => run[of].cpu - run[over].cpu));
  const p50Ratio = (of: Way, over: Way): number => medianRatio(all(of, 'p50'), all(over, 'p50'));
  return {
    part: 'hit',
    about: 'One read of a 1 KB item at a time, Momento SDK, the server in a process of its own, no latency added.',
    tables: [
      {
        title: 'a hit',
        columns: ['p50 µs', 'CPU µs'],
        rows: WAYS.map((way) => [way, median(all(way, 'p50')), median(all(way, 'cpu'))]),
      },
    ],
    targets: [
      {
        what: 'p50 of reader.get over SDK get and JSON.parse',
        bound: { atMost: 1.05 },
        measured: { '': p50Ratio('reader.get', 'SDK get, JSON.parse') },
      },
      {
        what: 'CPU µs of reader.get beyond it',
        bound: { atMost: 10 },
        measured: { '': beyond('reader.get', 'SDK get, JSON.parse') },
      },
      {
        what: 'p50 of reader.getJson over SDK get and JSON.parse',
        bound: { atMost: 1 },
        measured: { '': p50Ratio('reader.getJson', 'SDK get, JSON.parse') },
      },
    ],
  };
}
