/** `npm run load`: requests for the sample APIs. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { processOutput } from '../../cli/terminal/output.ts';
import { showProgress } from '../../cli/terminal/progress.ts';
import { count } from '../figures/format.ts';
import { INTERRUPTED, Interrupted, listenForInterruption } from '../process/interruption.ts';
import { PopulationFailed } from './population.ts';
import { type Load, type LoadOptions, type LoadReport, startLoad } from './run.ts';
import { send } from './sample-api.ts';
import { closingReport, heading, progressLine } from './text.ts';

type Options = LoadOptions & { readonly json: boolean };

/** Exit codes: it went well; a request failed or a key stayed behind; it could not begin. */
const EXIT = { well: 0, amiss: 1, unusable: 2 } as const;

try {
  process.exitCode = await load(readOptions());
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.well : EXIT.unusable;
  else if (error instanceof PopulationFailed) process.exitCode = unusable(error.message);
  else if (error instanceof Interrupted) {
    console.error('Ended before the load had begun.');
    process.exitCode = INTERRUPTED;
  } else throw error;
}

function readOptions(): Options {
  return new Command('npm run load --')
    .description('Sends requests to the sample APIs, and reports what came back, how fast, and how fresh.')
    .option('--url <url>', 'where the sample APIs are', httpUrl, 'http://localhost:3000')
    .option('--rps <number>', 'requests a second, whether or not earlier ones are answered', between(1, 10_000), 100)
    .option('--seconds <number>', 'how long', between(1, 86_400), 30)
    .option('--write-ratio <share>', 'share of the requests that write, from 0 to 1', between(0, 1), 0.1)
    .option('--zipf <exponent>', 'how much more popular some keys are; 0: all alike', between(0, 5), 1)
    .option('--keys <number>', 'how many users and products there are', wholeBetween(2, 100_000), 200)
    .option('--seed <number>', 'of which requests are sent when', wholeBetween(0, 4_294_967_295), 1)
    .option('--settle <seconds>', 'how long the last changes may take to come through', between(0, 600), 15)
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      '\nExamples:\n  npm run load -- --rps 200 --seconds 60\n  npm run load -- --write-ratio 0.5 --zipf 0',
    )
    .exitOverride()
    .parse()
    .opts<Options>();
}

async function load(options: Options): Promise<number> {
  const url = options.url.replace(/\/+$/, '');
  const { status, outcome } = await send(url, { route: 'GET /users/{username}', path: '/users/load-nobody' });
  if (status === 0)
    return unusable(`Nothing answers at ${url}: start the sample APIs with "npm start", or give --url.`);
  if (outcome === undefined) return unusable(`What answers at ${url} is not the sample APIs: it gives no x-cache.`);

  const stop = listenForInterruption();
  const output = processOutput();
  if (!options.json) console.log(heading({ ...options, url }));
  let running: { readonly load: Load; readonly since: number } | undefined;
  const progress = (): string => {
    if (running === undefined) return `writing ${count(options.keys)} users and products to begin with`;
    return progressLine(running.load.report(), (performance.now() - running.since) / 1_000);
  };
  const shown = options.json && !output.live ? undefined : showProgress(output, progress);
  let report: LoadReport;
  try {
    running = { load: await startLoad({ ...options, url }, stop), since: performance.now() };
    report = await running.load.done;
  } finally {
    shown?.end();
  }
  console.log(
    options.json ? JSON.stringify({ options: { ...options, url }, ...report }, null, 2) : closingReport(report),
  );
  return report.figures.errors > 0 || report.end?.behind !== 0 ? EXIT.amiss : EXIT.well;
}

function unusable(sentence: string): number {
  console.error(sentence);
  return EXIT.unusable;
}

function between(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() !== '' && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
  };
}

function wholeBetween(least: number, most: number): (text: string) => number {
  const isBetween = between(least, most);
  return (text) => {
    if (Number.isInteger(isBetween(text))) return Number(text);
    throw new InvalidArgumentError('It must be a whole number.');
  };
}

function httpUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new InvalidArgumentError('It must be a URL such as http://localhost:3000.');
}
