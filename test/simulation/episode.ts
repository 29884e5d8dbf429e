import { takeOverTimers } from './engine/timers.ts';
import type { Violation } from './oracle/violation.ts';
import { ReaderProcess, Workload } from './world/workload.ts';
import { World, type WorldOptions } from './world/world.ts';

/** One run of one world, from its seed to its rest. */
export interface EpisodeOptions extends Omit<WorldOptions, 'onViolation'> {
  /** Store operations after which nobody asks or writes any more. */
  readonly operations: number;
  /** Writes of the table after which the same happens; unlimited if left out. */
  readonly tableWrites?: number;
  /** Many readers and writers at a steady pace, instead of what the seed says; for comparisons. */
  readonly busy?: boolean;
  /** Go on after a violation, and count. */
  readonly countOnly?: boolean;
}

export interface EpisodeResult {
  readonly seed: number;
  /** Keys and items read or written, in the cache and in the table, and queries. */
  readonly operations: number;
  /** Those of the table among them. */
  readonly tableOperations: number;
  readonly storeWrites: number;
  readonly tableWrites: number;
  readonly invocations: number;
  readonly requests: number;
  /** Tasks of the scheduler: every request served, every answer, every decision to write or to ask. */
  readonly steps: number;
  /** Virtual time, in milliseconds. */
  readonly duration: number;
  /** Time of this thread on its core, in milliseconds. */
  readonly took: number;
  /** Of all that happened: two runs of one seed have the same. */
  readonly hash: number;
  /** The first one. */
  readonly violation: (Violation & { readonly step: number }) | undefined;
  readonly violations: number;
  /** Whether violations are only counted. */
  readonly isCounting: boolean;
  /** Entries that disagreed with an event that had been handled, and for how long the longest of them did. */
  readonly stale: { readonly entries: number; readonly longest: number };
  /** Entries that disagree with the table when nothing is left to happen, and how many of them audit finds. */
  readonly leftStale: { readonly entries: number; readonly audited: number };
  readonly losses: World['losses'];
  readonly trace: readonly string[];
}

/** Runs one world until it is at rest or until a violation, and checks everything once more when it rests. */
export async function runEpisode(options: EpisodeOptions): Promise<EpisodeResult> {
  const started = process.threadCpuUsage();
  let violation: EpisodeResult['violation'];
  let violations = 0;
  const world = new World({
    ...options,
    onViolation: (found, { scheduler, trace }) => {
      violations += 1;
      violation ??= { ...found, step: scheduler.steps };
      if (trace.isKept) trace.line(`VIOLATION of ${found.promised}: ${found.key} ${found.what}`);
      if (!options.countOnly) scheduler.stop();
    },
  });
  const { random, scheduler, store, table } = world;
  const { tableWrites = Number.POSITIVE_INFINITY } = options;
  const operations = (): number => store.operations + table.operations;
  const workload = new Workload(world, {
    readers: options.busy ? 4 : 1 + random.below(4),
    concurrency: options.busy ? 4 : 1 + random.below(4),
    writers: options.busy ? 2 : 1 + random.below(2),
    writeShare: options.busy ? 2 : random.logBetween(0.005, 0.5),
    steady: options.busy ?? false,
    goOn: () => {
      if (operations() < options.operations && table.writes < tableWrites) return true;
      world.calm();
      return false;
    },
  });
  workload.start();
  const isOver = (): boolean => violation !== undefined && !options.countOnly;
  let leftStale = { entries: 0, audited: 0 };
  const giveBackTimers = takeOverTimers(scheduler);
  const { stackTraceLimit } = Error;
  // Errors are part of what is simulated, and nobody reads their stacks.
  Error.stackTraceLimit = 0;
  try {
    await scheduler.run();
    if (options.countOnly) leftStale = await countStale(world);
    if (!isOver()) checkRest(world);
    if (!isOver()) await askAll(world);
    if (!isOver()) checkRest(world);
  } finally {
    giveBackTimers();
    Error.stackTraceLimit = stackTraceLimit;
  }
  return {
    seed: options.seed,
    operations: operations(),
    tableOperations: table.operations,
    storeWrites: store.writes,
    tableWrites: table.writes,
    invocations: world.lambda.invocations,
    requests: workload.requests,
    steps: scheduler.steps,
    duration: scheduler.now,
    took: millisecondsOf(process.threadCpuUsage(started)),
    hash: world.trace.hash,
    violation,
    violations,
    isCounting: options.countOnly ?? false,
    stale: world.oracle.stale,
    leftStale,
    losses: world.losses,
    trace: world.trace.lines,
  };
}

/** When nothing is left to happen, every event has been handled and every entry says what the table says. */
function checkRest({ subjects, scheduler, oracle }: World): void {
  for (const { history } of subjects) {
    const { key, handledEvents, ordinal, current } = history;
    const report = (what: string): void => oracle.report({ promised: 'quiescence', key, what });
    if (handledEvents !== ordinal) report(`of ${ordinal} events only ${handledEvents} were ever handled`);
    const entry = history.entry(scheduler.now);
    if (typeof entry === 'number' && entry !== current) report(`holds ${entry}, the table has ${current}`);
  }
}

/** What is left wrong at rest; and whether audit, with its two looks, sees it and mends it. */
async function countStale(world: World): Promise<EpisodeResult['leftStale']> {
  const { scheduler, subjects, design } = world;
  const wrong = subjects.filter(({ history }) => {
    const entry = history.entry(scheduler.now);
    return typeof entry === 'number' && entry !== history.current;
  });
  let audited = 0;
  for (const { entity, pk, history } of wrong) {
    scheduler.wake();
    void design.audit(entity.name, { PK: pk }, world.newProcess('audit')).catch(() => undefined);
    await scheduler.run();
    if (history.entry(scheduler.now) === 'tombstone') audited += 1;
  }
  return { entries: wrong.length, audited };
}

/** Every item is asked for, twice: from what is left in the cache, and from what the first answer left there. */
async function askAll(world: World): Promise<void> {
  const process = new ReaderProcess(world, world.newProcess('inspector'));
  for (const subject of [...world.subjects, ...world.subjects]) {
    world.scheduler.wake();
    void process.get(subject);
    await world.scheduler.run();
  }
}

function millisecondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1_000;
}
