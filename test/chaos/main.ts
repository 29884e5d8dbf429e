/** `npm run chaos`: the laptop stack under fire, and what is left of it compared with the table. Exit 1 if anything is. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { JavaMissing } from '../../local/dynamodb/java.ts';
import { seconds } from '../../shared/time.ts';
import { toJson, toText, verdicts } from './report.ts';
import { runChaos } from './run.ts';

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly json: boolean;
}

try {
  const { seconds: duration, seed, json } = readOptions();
  const report = await runChaos({ duration: seconds(duration), seed, onProgress: (line) => console.error(line) });
  console.log(json ? toJson(report) : toText(report));
  process.exit(verdicts(report).every(([, holds]) => holds) ? 0 : 1);
} catch (error) {
  process.exit(exitCodeOf(error));
}

function readOptions(): Options {
  return new Command('npm run chaos --')
    .description('Reads and writes through the laptop stack while its cache fails and its synchronizer is killed.')
    .option('--seconds <number>', 'of traffic', atLeast(5), 60)
    .option('--seed <number>', 'decides what is done, not how the machine runs it', atLeast(0), Date.now() % 1_000_000)
    .option('--json', 'print the report as JSON', false)
    .exitOverride()
    .parse()
    .opts<Options>();
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  console.error(error instanceof JavaMissing ? error.message : error);
  return 2;
}

function atLeast(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
  };
}
