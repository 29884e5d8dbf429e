import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import picocolors from 'picocolors';
import { minutes } from '../../shared/time.ts';
import { compare } from './compare.ts';
import { renderTables } from './render-table.ts';
import { renderHtml } from './report/page.ts';
import { DEFAULT_SCENARIO, DEFAULT_WRITE_SHARES, type Scenario } from './scenario.ts';

/** What was asked for on the command line. */
interface Options {
  readonly seed: number;
  readonly writes: readonly number[];
  readonly rate: number;
  readonly minutes: number;
  readonly items: number;
  readonly cache: number;
  readonly read: number;
  readonly consistentRead: number;
  readonly write: number;
  readonly stream: number;
  readonly html: string;
  readonly json?: true;
}

/** The strategies side by side: one workload through six designs. */
export function strategiesCommand(): Command {
  const { latencies } = DEFAULT_SCENARIO;
  return new Command('strategies')
    .description(
      'One workload through six designs, in virtual time: what each answers, how fast, how stale, at what cost.',
    )
    .option('--seed <number>', 'decides everything', whole, DEFAULT_SCENARIO.seed)
    .addOption(
      new Option('--writes <percentages>', 'shares of writes to compare')
        .argParser(percentages)
        .default(DEFAULT_WRITE_SHARES, DEFAULT_WRITE_SHARES.map((share) => 100 * share).join()),
    )
    .option('--rate <number>', 'requests a second', positive, DEFAULT_SCENARIO.requestsPerSecond)
    .option('--minutes <number>', 'of virtual time, after warming up', positive, DEFAULT_SCENARIO.duration / minutes(1))
    .option('--items <number>', 'in the table', whole, DEFAULT_SCENARIO.items)
    .option('--cache <ms>', 'median latency of the cache', positive, latencies.cache.median)
    .option('--read <ms>', 'of an eventually consistent read', positive, latencies.read.median)
    .option('--consistent-read <ms>', 'of a consistent read', positive, latencies.consistentRead.median)
    .option('--write <ms>', 'of a write', positive, latencies.write.median)
    .option('--stream <ms>', 'from a write to its event', positive, latencies.stream.median)
    .option('--html <file>', 'where the report with its charts goes', 'bench/report.html')
    .option('--json', 'print the figures as JSON, and write no report')
    .addHelpText('after', '\nThe prices behind the monthly cost are in bench/strategies/prices.ts.')
    .action(run);
}

async function run(options: Options, command: Command): Promise<void> {
  const report = await compare(scenarioOf(options), options.writes, showProgress);
  showProgress('');
  if (options.json) {
    process.stdout.write(`${JSON.stringify(report, undefined, 1)}\n`);
    return;
  }
  const isTerminal = process.stdout.isTTY === true;
  process.stdout.write(renderTables(report, picocolors.createColors(isTerminal && !process.env.NO_COLOR)));
  try {
    await writeFile(options.html, renderHtml(report));
  } catch (error) {
    command.error(`The report could not be written: ${error instanceof Error ? error.message : error}`);
  }
  process.stdout.write(`Charts: ${options.html}\n`);
}

function scenarioOf(options: Options): Scenario {
  const { latencies } = DEFAULT_SCENARIO;
  const { cache, read, consistentRead, write, stream } = options;
  return {
    ...DEFAULT_SCENARIO,
    seed: options.seed,
    requestsPerSecond: options.rate,
    duration: minutes(options.minutes),
    items: options.items,
    latencies: {
      ...latencies,
      cache: { ...latencies.cache, median: cache },
      read: { ...latencies.read, median: read },
      consistentRead: { ...latencies.consistentRead, median: consistentRead },
      write: { ...latencies.write, median: write },
      stream: { ...latencies.stream, median: stream },
    },
  };
}

function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${picocolors.dim(line)}`);
}

function whole(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('give a whole number above 0.');
}

function positive(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('give a number above 0.');
}

function percentages(text: string): number[] {
  return text.split(',').map((part) => {
    const share = Number(part) / 100;
    if (share > 0 && share < 1) return share;
    throw new InvalidArgumentError('give percentages above 0 and below 100, such as 1,5,20.');
  });
}
