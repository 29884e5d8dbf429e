import { cpus } from 'node:os';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { type PartReport, renderPart } from './report.ts';
import { PARTS } from './run.ts';
import { versions } from './versions.ts';

/** `npm run bench -- engine`: what the engine costs, as ratios against its peers in the same run. */
export function engineCommand(): Command {
  return new Command('engine')
    .description('Measures sync, reads, cold start and memory against what one would otherwise ship.')
    .addArgument(new Argument('[parts...]', 'what to measure; everything if left out').choices(Object.keys(PARTS)))
    .option('--runs <count>', 'runs of each contestant, of which the median counts', positiveInteger, 5)
    .option('--seed <number>', 'seed of the workloads', positiveInteger, 1)
    .option('--quick', 'as little as possible: to see that it works', false)
    .option('--json', 'print JSON instead of tables', false)
    .action(measure);
}

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly quick: boolean;
  readonly json: boolean;
}

async function measure(parts: readonly string[], { runs, seed, quick, json }: Options): Promise<void> {
  const environment = {
    node: process.version,
    versions: await versions(),
    cpu: cpus()[0]?.model ?? 'unknown CPU',
    cpus: cpus().length,
    runs: quick ? 1 : runs,
    seed,
    quick,
  };
  const started = new Date();
  if (!json) console.log(`${started.toISOString()}  ${headline(environment)}\n`);
  const reports: PartReport[] = [];
  for (const [name, run] of Object.entries(PARTS)) {
    if (parts.length > 0 && !parts.includes(name)) continue;
    const report = await run({ runs: quick ? 1 : runs, seed, quick });
    reports.push(report);
    if (!json) console.log(`${renderPart(report)}\n`);
  }
  if (json) console.log(JSON.stringify({ at: started.toISOString(), environment, reports }, undefined, 2));
}

function headline({ node, cpus: cores, cpu, runs, seed, versions: used }: Environment): string {
  const contestants = Object.entries(used).map(([name, version]) => `${name} ${version}`);
  return `Node.js ${node}, ${cores} x ${cpu}, runs: ${runs}, seed: ${seed}\n${contestants.join(', ')}`;
}

interface Environment {
  readonly node: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly cpu: string;
  readonly cpus: number;
  readonly runs: number;
  readonly seed: number;
}

function positiveInteger(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('Give a positive whole number.');
}
