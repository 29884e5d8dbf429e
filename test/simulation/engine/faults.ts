import type { Random } from './random.ts';

/**
 * What can go wrong, each with its usual rate: the probability with which it strikes one of the occasions named. A run
 * multiplies the rates by a factor of its own, so that some runs are calm and others are not.
 */
export const FAULTS = {
  slow: { rate: 0.02, means: 'a request or its answer takes up to 30 s (per call)' },
  'lost-answer': { rate: 0.01, means: 'a write is applied, its answer is lost (per call)' },
  late: { rate: 0.005, means: 'a write is applied up to 5 s after its caller gave up (per call)' },
  unavailable: { rate: 0.01, means: 'the store does not answer, or refuses; also for seconds on end (per call)' },
  throttling: { rate: 0.01, means: 'the store asks for less traffic (per call)' },
  scatter: { rate: 0.05, means: 'the keys of a multi-key call are handled at different moments (per call)' },
  expiry: { rate: 0.3, means: 'entries have the shortest TTL that the protocol allows (per run and entity)' },
  freeze: { rate: 0.003, means: 'a process stands still between two awaits, for 10 ms to 3 min (per arrival)' },
  death: { rate: 0.0005, means: 'a reader process dies between two awaits (per arrival)' },
  kill: { rate: 0.02, means: 'an invocation is killed at one of its awaits (per invocation)' },
  zombie: { rate: 0.02, means: 'an invocation runs on beside its successor (per invocation)' },
  duplicate: { rate: 0.03, means: 'a batch, or a part of it, is delivered once more (per invocation)' },
  redrive: { rate: 0.01, means: 'events up to days old are delivered again, in any order (per invocation)' },
  'dead-letter': {
    rate: 0.3,
    means: 'a batch that fails thrice goes to the failure queue and is redriven (per batch)',
  },
  split: { rate: 0.002, means: 'a shard is split in two (per write of the table)' },
  lag: { rate: 0.02, means: 'a shard falls behind by up to 3 h (per batch)' },
  relabel: { rate: 0.001, means: 'the stream is switched off and on: sequence numbers start again (per write)' },
  skew: { rate: 1, means: 'clocks differ by up to the margin, and are corrected now and then (per run)' },
} as const satisfies Record<string, { rate: number; means: string }>;

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS).filter((name) => isFault(name));

/** Which faults a run has, with their rates. */
export type FaultRates = { readonly [Name in FaultName]: number };

/** A name on the command line that is no fault. */
export class UnknownFaultError extends Error {
  override readonly name = 'UnknownFaultError';

  constructor(unknown: string) {
    super(`'${unknown}' is not a fault: give all, none, or names of ${[...FAULT_NAMES, ...LOSSES].join(', ')}`);
  }
}

/** What the guarantees assume not to happen, simulated apart. */
export const LOSSES = ['eviction', 'restart', 'failover'] as const;
export type Loss = (typeof LOSSES)[number];

/** What a run is to suffer. */
export interface FaultSelection {
  readonly faults: readonly FaultName[];
  readonly losses: readonly Loss[];
}

/**
 * Reads what the command line says: `none`, or a list of faults and losses, in which `all` stands for every fault.
 *
 * @throws {UnknownFaultError}
 */
export function parseFaults(text: string): FaultSelection {
  if (text === 'none') return { faults: [], losses: [] };
  const faults: FaultName[] = [];
  const losses: Loss[] = [];
  for (const name of text.split(',').map((part) => part.trim())) {
    if (name === 'all') faults.push(...FAULT_NAMES);
    else if (isFault(name)) faults.push(name);
    else if (isLoss(name)) losses.push(name);
    else throw new UnknownFaultError(name);
  }
  return { faults, losses };
}

/** The rates of one run: some faults are missing from it, the others come more or less often than usual. */
export function drawRates(selected: readonly FaultName[], random: Random): FaultRates {
  const rate = (name: FaultName): number => {
    const usual = FAULTS[name].rate;
    const isIn = random.chance(0.7);
    const factor = random.logBetween(0.2, 5);
    return selected.includes(name) && isIn ? Math.min(1, usual * factor) : 0;
  };
  return mapNames(rate);
}

/** The usual rates of these faults, times a factor. */
export function usualRates(selected: readonly FaultName[], factor = 1): FaultRates {
  return mapNames((name) => (selected.includes(name) ? Math.min(1, FAULTS[name].rate * factor) : 0));
}

/** No faults at all. */
export const NO_FAULTS: FaultRates = mapNames(() => 0);

function mapNames(rate: (name: FaultName) => number): FaultRates {
  return {
    slow: rate('slow'),
    'lost-answer': rate('lost-answer'),
    late: rate('late'),
    unavailable: rate('unavailable'),
    throttling: rate('throttling'),
    scatter: rate('scatter'),
    expiry: rate('expiry'),
    freeze: rate('freeze'),
    death: rate('death'),
    kill: rate('kill'),
    zombie: rate('zombie'),
    duplicate: rate('duplicate'),
    redrive: rate('redrive'),
    'dead-letter': rate('dead-letter'),
    split: rate('split'),
    lag: rate('lag'),
    relabel: rate('relabel'),
    skew: rate('skew'),
  };
}

function isFault(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}

function isLoss(name: string): name is Loss {
  return LOSSES.some((loss) => loss === name);
}
