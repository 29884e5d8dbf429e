import { type Duration, milliseconds, minutes, seconds } from '../../shared/time.ts';
import type { Latencies, Trouble } from './latency.ts';

/** Everything that a comparison depends on. The same scenario gives the same figures, to the last digit. */
export interface Scenario {
  readonly seed: number;
  /** On average; they arrive independently of each other. */
  readonly requestsPerSecond: number;
  /** The caches fill up first; this time is in the charts, but not in the figures. */
  readonly warmUp: Duration;
  /** How long is measured, after that. */
  readonly duration: Duration;
  readonly items: number;
  /** Items are spread over so many lists, each a partition of the table. */
  readonly lists: number;
  /** Exponent of the popularity: the n-th item is asked for, and written, n^-zipf times as often as the first. */
  readonly zipf: number;
  /** Writes among the requests. */
  readonly writeShare: number;
  /** Removals among the writes of an item that exists. A write of one that does not inserts it. */
  readonly removeShare: number;
  /** Reads of a list among the reads. */
  readonly listShare: number;
  /** Of an item as the table holds it. */
  readonly itemBytes: number;
  /** TTL of every design but the one that relies on it. */
  readonly ttl: Duration;
  /** TTL of the design that relies on it. */
  readonly shortTtl: Duration;
  /** Shards of the table's stream, each handled by one invocation at a time. */
  readonly shards: number;
  readonly latencies: Latencies;
  readonly spells: Spells;
}

/** When the network is bad. */
export interface Spells extends Trouble {
  readonly every: Duration;
  readonly length: Duration;
}

/** What is compared unless the command line says otherwise. */
export const DEFAULT_SCENARIO: Scenario = {
  seed: 1,
  requestsPerSecond: 50,
  warmUp: minutes(5),
  duration: minutes(20),
  items: 1_000,
  lists: 50,
  zipf: 1,
  writeShare: 0.05,
  removeShare: 0.05,
  listShare: 0.1,
  itemBytes: 900,
  ttl: minutes(30),
  shortTtl: seconds(60),
  shards: 4,
  latencies: {
    cache: { median: 1, spread: 0.3, hiccups: 0.001, hiccup: 200 },
    read: { median: 5, spread: 0.3, hiccups: 0.001, hiccup: 200 },
    consistentRead: { median: 6, spread: 0.3, hiccups: 0.001, hiccup: 200 },
    write: { median: 8, spread: 0.3, hiccups: 0.001, hiccup: 200 },
    stream: { median: 300, spread: 0.3, hiccups: 0.005, hiccup: 1_000 },
    replicaLag: { median: 10, spread: 0.6, hiccups: 0.001, hiccup: 200 },
  },
  spells: { every: minutes(5), length: seconds(5), share: 0.2, delay: 1_000 },
};

/** Shares of writes that are compared unless the command line says otherwise. */
export const DEFAULT_WRITE_SHARES: readonly number[] = [0.01, 0.05, 0.2];

/** When the last request arrives, in milliseconds since the beginning. */
export const endOf = ({ warmUp, duration }: Scenario): number => warmUp + duration;

/** What the network does at a time, in milliseconds since the beginning. Spells are in the middle of their periods. */
export function troubleAt({ spells }: Pick<Scenario, 'spells'>, time: number): Trouble | undefined {
  const into = (time % spells.every) - spells.every / 2;
  return into >= 0 && into < spells.length ? spells : undefined;
}

/** Time between the last request and the look at what is left: longer than any TTL that a design relies on. */
export function restOf({ shortTtl }: Pick<Scenario, 'shortTtl'>): Duration {
  return milliseconds(shortTtl + minutes(1));
}
