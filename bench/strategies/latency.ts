import { Random } from '../../test/simulation/engine/random.ts';

/** How long something takes: a log-normal body, and now and then a hiccup on top (a retransmission, a retry, a pause). */
export interface Latency {
  /** Milliseconds. */
  readonly median: number;
  /** Standard deviation of the logarithm; 0.3 puts the 99th percentile of the body at twice the median. */
  readonly spread: number;
  /** Share of calls with a hiccup. */
  readonly hiccups: number;
  /** Milliseconds that a hiccup takes on average; exponentially distributed. */
  readonly hiccup: number;
}

/** A bad moment of the network: it is the calls of one moment that are slow together. */
export interface Trouble {
  /** Of the calls of that moment. */
  readonly share: number;
  /** Milliseconds by which they are slower on average; exponentially distributed. */
  readonly delay: number;
}

/** What has a latency. */
export type Call = 'cache' | 'read' | 'consistentRead' | 'write' | 'stream' | 'replicaLag';

export type Latencies = { readonly [Name in Call]: Latency };

/** Draws one latency, in milliseconds. */
export function drawLatency({ median, spread, hiccups, hiccup }: Latency, random: Random): number {
  // Box-Muller; 1 - unit() is never zero.
  const normal = Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());
  const body = median * Math.exp(spread * normal);
  return random.chance(hiccups) ? body + exponential(hiccup, random) : body;
}

function exponential(mean: number, random: Random): number {
  return -mean * Math.log(1 - random.unit());
}

/**
 * The latencies of one process. Each is a function of the occasion (a request, an invocation) and of what is called,
 * not of what was drawn before it: so every design meets the same luck, and what differs between two designs is due to
 * them alone.
 */
export class Luck {
  readonly #seed: number;
  readonly #latencies: Latencies;
  readonly #trouble: () => Trouble | undefined;
  #occasion = 0;
  #calls: { [Name in Call]?: number } = {};

  /** @param trouble what the network does at the moment beside its usual hiccups */
  constructor(seed: number, latencies: Latencies, trouble: () => Trouble | undefined) {
    this.#seed = seed;
    this.#latencies = latencies;
    this.#trouble = trouble;
  }

  /** From here on, latencies are those of this occasion. */
  begin(occasion: number): void {
    this.#occasion = occasion;
    this.#calls = {};
  }

  /** Milliseconds that the next call of this kind takes. */
  take(call: Call): number {
    const random = this.generator(call);
    const usual = drawLatency(this.#latencies[call], random);
    const trouble = this.#trouble();
    // Streams and replicas have their lag instead, which is not one of the network.
    if (trouble === undefined || call === 'stream' || !random.chance(trouble.share)) return usual;
    return usual + exponential(trouble.delay, random);
  }

  /** A generator for the next call of this kind. */
  generator(call: Call): Random {
    const before = this.#calls[call] ?? 0;
    this.#calls[call] = before + 1;
    return new Random(mixed(this.#seed, this.#occasion, CALLS.indexOf(call), before));
  }
}

const CALLS: readonly Call[] = ['cache', 'read', 'consistentRead', 'write', 'stream', 'replicaLag'];

/** Whole numbers as one seed of 32 bits (FNV-1a over words, with murmur3's finish). */
function mixed(...numbers: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const number of numbers) hash = Math.imul(hash ^ number, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
