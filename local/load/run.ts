import { setTimeout as sleep } from 'node:timers/promises';
import { createFigureCounter, type Figures } from '../figures/figures.ts';
import { Latencies, type Spread } from '../figures/latencies.ts';
import { seededRandom, zipf } from '../random.ts';
import { arrivals } from './arrivals.ts';
import { type Population, populate, type Subject } from './population.ts';
import { send } from './sample-api.ts';
import { firstRequests, nextRequest, type Request, readOf } from './traffic.ts';

export interface LoadOptions {
  /** Of the sample APIs. */
  readonly url: string;
  /** Requests a second, on average. */
  readonly rps: number;
  readonly seconds: number;
  /** Share of the requests that write, from 0 to 1. */
  readonly writeRatio: number;
  /** Exponent of the popularity of keys: 0 for all alike. */
  readonly zipf: number;
  /** Users and products, together. */
  readonly keys: number;
  readonly seed: number;
  /** How many seconds the last changes may take, in the end, to come through. */
  readonly settle: number;
}

/** What a load has come to so far. */
export interface LoadReport {
  readonly figures: Figures;
  /** How often each thing went wrong: `503`, or `no answer (ETIMEDOUT)`. */
  readonly errors: Readonly<Record<string, number>>;
  /** Reads whose answer could be held against what this load had written before. */
  readonly checked: number;
  /** Of those that were out of date, for how long they had been, in milliseconds. */
  readonly stale: Spread | undefined;
  /** How much later than due requests were sent: what this process could not keep up with. In their latencies, too. */
  readonly late: Spread | undefined;
  readonly inFlight: number;
  /** Once it is over: keys that were written, and those of them that never showed their last version. */
  readonly end: { readonly written: number; readonly behind: number } | undefined;
}

/** A load that is under way. */
export interface Load {
  report(): LoadReport;
  /** Settles when all is answered and checked. */
  readonly done: Promise<LoadReport>;
}

/**
 * Writes a population, then sends requests at the given rate until the time is over or `signal` ends it.
 *
 * @throws {PopulationFailed} when the APIs do not take what it begins with
 * @throws the reason of `signal` when it ends before the first request
 */
export async function startLoad(options: LoadOptions, signal: AbortSignal): Promise<Load> {
  const random = seededRandom(options.seed);
  const population = await populate(options.url, options.keys, Date.now().toString(36).slice(-5), signal);
  await Promise.all(firstRequests(population).map((call) => send(options.url, call)));
  signal.throwIfAborted();
  const counter = createFigureCounter();
  const stale = new Latencies();
  const late = new Latencies();
  const errors: Record<string, number> = {};
  let checked = 0;
  let end: LoadReport['end'];
  const inFlight = new Set<Promise<void>>();

  async function ask({ call, settle }: Request, dueAt: number): Promise<void> {
    const askedAt = performance.now();
    late.record(askedAt - dueAt);
    const reply = await send(options.url, call);
    counter.add({ ...reply, route: call.route, milliseconds: performance.now() - dueAt });
    if (reply.error !== undefined) errors[reply.error] = (errors[reply.error] ?? 0) + 1;
    const staleness = settle(reply, askedAt);
    if (staleness === undefined) return;
    checked += 1;
    if (staleness > 0) stale.record(staleness);
  }

  async function run(): Promise<LoadReport> {
    const subjectAt = zipf(population.subjects.length, options.zipf);
    const shopperAt = zipf(population.shoppers.length, options.zipf);
    const mix = {
      ...{ writeRatio: options.writeRatio, random },
      subject: () => subjectAt(random()),
      shopper: () => shopperAt(random()),
    };
    const arrive = (dueAt: number): void => {
      const asked = ask(nextRequest(population, mix), dueAt).finally(() => inFlight.delete(asked));
      inFlight.add(asked);
    };
    await arrivals(options, random, arrive, signal);
    await Promise.all(inFlight);
    end = await lookAgain(options, population);
    return report();
  }

  const report = (): LoadReport => ({
    ...{ figures: counter.figures(), errors, checked, stale: stale.spread(), late: late.spread() },
    ...{ inFlight: inFlight.size, end },
  });
  return { report, done: run() };
}

const LOOK_INTERVAL_MS = 100;

/** Reads each key that was written until it shows its last version. */
async function lookAgain(
  { url, settle }: LoadOptions,
  { subjects }: Population,
): Promise<NonNullable<LoadReport['end']>> {
  const deadline = performance.now() + settle * 1_000;
  const written = subjects.filter(({ versions }) => versions.latest > 1);
  let behind = written;
  for (let look = 0; behind.length > 0 && performance.now() < deadline; look += 1) {
    if (look > 0) await sleep(LOOK_INTERVAL_MS);
    const looks = await Promise.all(
      behind.map(async (subject) => ({ subject, isBehind: await isBehindNow(url, subject) })),
    );
    behind = looks.filter(({ isBehind }) => isBehind).map(({ subject }) => subject);
  }
  return { written: written.length, behind: behind.length };
}

async function isBehindNow(url: string, subject: Subject): Promise<boolean> {
  const { call, settle } = readOf(subject);
  const askedAt = performance.now();
  return settle(await send(url, call), askedAt) !== 0;
}
