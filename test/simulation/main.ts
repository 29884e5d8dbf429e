import { Command, InvalidArgumentError, Option } from 'commander';
import pLimit from 'p-limit';
import { listenForInterruption } from '../../local/process/interruption.ts';
import { compare } from './compare.ts';
import { FAULT_NAMES, FAULTS, LOSSES, parseFaults, UnknownFaultError } from './engine/faults.ts';
import { type EpisodeOptions, runEpisode } from './episode.ts';
import { exploreAll } from './exhaustive/explore-all.ts';
import { FULL_SCOPE, QUICK_SCOPES, SCOPES } from './exhaustive/scopes.ts';
import { tryDesigns } from './mutants/designs.ts';
import { HARMLESS, MUTANTS } from './mutants/list.ts';
import { type Trial, tryMutant } from './mutants/trial.ts';
import { endProgress, showProgress } from './progress.ts';
import * as report from './report.ts';
import { type RunOptions, run, usualWorkers } from './run.ts';
import { shrink } from './shrink.ts';
import { OURS } from './world/design.ts';

/** What was asked for on the command line. */
interface Options {
  readonly ops: number;
  readonly perWorld: number;
  readonly seed: number;
  readonly faults: ReturnType<typeof parseFaults>;
  readonly workers: number;
  readonly world?: number;
  readonly items?: number;
  readonly exhaustive?: true | 'quick' | 'full';
  readonly mutants?: true | 'known';
  readonly compare?: number;
  readonly json?: true;
}

/** Store operations for each harmless variant: enough to catch most of the mutants. */
const HARMLESS_OPERATIONS = 500_000;

const program = new Command('simulate')
  .description('runs the real code in simulated worlds, and checks after every step that the guarantees hold')
  .option(
    '--ops <n>',
    'store operations: keys and items read or written in cache and table, and queries',
    wholeNumber,
    1_000_000,
  )
  .option('--per-world <n>', 'store operations to a world', wholeNumber, 50_000)
  .option('--seed <s>', 'says everything about a run', wholeNumber, 1)
  .option(
    '--faults <list>',
    `none, or names and all; of ${LOSSES.join(', ')} the consequences are counted`,
    faultList,
    parseFaults('all'),
  )
  .option('--workers <n>', 'cores', wholeNumber, usualWorkers())
  .option('--world <seed>', 'one world again, as a violation names it', wholeNumber)
  .option('--items <n>', 'items of each entity, for --world', wholeNumber)
  .option('--exhaustive [scopes]', 'every interleaving of small scopes: the usual ones, quick, or full')
  .addOption(
    new Option(
      '--mutants [from]',
      'every broken variant must be caught; known: from worlds that are known to do it',
    ).choices(['known']),
  )
  .option('--compare <worlds>', 'the designs that people ship, and ours, in so many of the same worlds', wholeNumber)
  .option('--json', 'for machines')
  .addHelpText('after', () => {
    const lines = FAULT_NAMES.map(
      (name) => `  ${name.padEnd(12)} ${String(FAULTS[name].rate).padEnd(7)} ${FAULTS[name].means}`,
    );
    return `\nFaults, with their usual rates:\n${lines.join('\n')}

What counts as one store operation: one key that is read or written in the simulated cache, one item that is read or
written in the simulated table, or one query of it. A multi-get of five keys is five, since each is looked at by itself.

A run that gets SIGINT or SIGTERM reports what it has done so far. Where standard error is no terminal, a line a minute
says how far it is.`;
  })
  .action(main);

await program.parseAsync();

async function main(options: Options): Promise<void> {
  if (options.exhaustive !== undefined) return exploreScopes(options);
  if (options.mutants) return tryAll(options);
  if (options.compare !== undefined) return compareAll(options, options.compare);
  return options.world === undefined ? simulate(options) : runOne(options, options.world);
}

async function simulate(options: Options): Promise<void> {
  const { seed, ops, faults, workers } = options;
  const perWorld = Math.min(options.perWorld, ops);
  const run_: RunOptions = { seed, operations: ops, perWorld, workers, ...faults };
  const totals = await run(run_, {
    progress: (sofar) => showProgress(report.progressLine(sofar, run_)),
    until: listenForInterruption(),
  });
  show(options, report.runJson(run_, totals), () => report.runReport(run_, totals));
  if (totals.broken === undefined) return;
  process.exitCode = 1;
  if (!options.json) await explain(options, totals.broken.seed, perWorld);
}

async function runOne(options: Options, seed: number): Promise<void> {
  const { trace: _, ...result } = await runEpisode(worldOf(options, seed, options.ops));
  const { violation, operations, steps, hash } = result;
  const text = `seed ${seed}: ${operations} operations in ${steps} steps, hash ${hash.toString(16)}, no violation`;
  if (violation === undefined || options.json) show(options, result, () => text);
  else await explain(options, seed, options.ops);
  if (violation !== undefined) process.exitCode = 1;
}

async function explain(options: Options, seed: number, operations: number): Promise<void> {
  process.stdout.write(`${report.violationReport(await shrink(worldOf(options, seed, operations)))}\n`);
}

function worldOf({ faults, items }: Options, seed: number, operations: number): EpisodeOptions {
  return { ...faults, seed, design: OURS, operations, ...(items !== undefined && { items }) };
}

async function exploreScopes(options: Options): Promise<void> {
  const scopes = options.exhaustive === 'quick' ? QUICK_SCOPES : options.exhaustive === 'full' ? [FULL_SCOPE] : SCOPES;
  const explorations = await exploreAll(scopes, {
    workers: options.workers,
    progress: (scope, states) => showProgress(`${scope.name}: ${states} states`),
    until: listenForInterruption(),
  });
  show(options, explorations, () => report.explorationReport(explorations));
  if (explorations.some(({ violation }) => violation !== undefined)) process.exitCode = 1;
}

async function tryAll(options: Options): Promise<void> {
  const firstSeed = options.mutants === 'known' ? 'known' : options.seed;
  // The rarest of them takes two million operations to be seen.
  const operations = Math.max(options.ops, 4_000_000);
  const tryEach = (names: readonly string[], atMost: number): Promise<Trial[]> =>
    inParallel(names, options.workers, (name) => {
      showProgress(name);
      return tryMutant(name, firstSeed, atMost);
    });
  const names = MUTANTS.map(({ name }) => name);
  const mutants = [...(await tryEach(names, operations)), ...(await tryDesigns(options.seed, operations))];
  const spared = await tryEach(
    HARMLESS.map(({ name }) => name),
    HARMLESS_OPERATIONS,
  );
  const harmless = spared.map((trial, i) => ({ ...trial, because: HARMLESS[i]?.because ?? '' }));
  show(options, { mutants, harmless }, () => report.mutantReport(mutants, harmless));
  const isWrong = mutants.some(({ broke }) => broke === undefined) || harmless.some(({ broke }) => broke !== undefined);
  if (isWrong) process.exitCode = 1;
}

async function compareAll(options: Options, worlds: number): Promise<void> {
  const seeds = Array.from({ length: worlds }, (_, i) => options.seed + i);
  const comparisons = await compare(seeds);
  show(options, comparisons, () => report.comparisonReport(comparisons));
}

/** In the order of the input, so many at once. */
async function inParallel<Input, Result>(
  inputs: readonly Input[],
  atOnce: number,
  work: (input: Input) => Promise<Result>,
): Promise<Result[]> {
  const limit = pLimit(atOnce);
  return Promise.all(inputs.map((input) => limit(() => work(input))));
}

function show({ json }: Options, data: unknown, text: () => string): void {
  endProgress();
  process.stdout.write(`${json ? JSON.stringify(data) : text()}\n`);
}

function wholeNumber(text: string): number {
  const number = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('give a whole number.');
}

function faultList(text: string): ReturnType<typeof parseFaults> {
  try {
    return parseFaults(text);
  } catch (error) {
    if (error instanceof UnknownFaultError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
