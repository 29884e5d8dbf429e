import { Command, InvalidArgumentError, Option } from 'commander';
import cacheMap from '../../cache.config.ts';
import { EXIT, type ExitCode, type Session } from '../../cli/session.ts';
import type { Output } from '../../cli/terminal/output.ts';
import { ConfigurationError } from '../../shared/runtime/environment.ts';
import { StoreError } from '../../shared/store/errors.ts';
import { readRecord } from '../../shared/sync/record.ts';
import { minutes } from '../../shared/time.ts';
import { TemplateError } from '../template/document.ts';
import { readTemplate } from '../template/template.ts';
import { createMetricCollector } from './embedded-metrics.ts';
import { createEventClock, type EventClock, wallClock } from './event-clock.ts';
import { loadSyncFunction } from './function-host.ts';
import type { SortAttributes } from './implied-query.ts';
import { type EventFile, EventFileError, readEventFiles } from './read-files.ts';
import { renderJson } from './render-json.ts';
import { createTableRenderer } from './render-table.ts';
import { type FileReport, isGood, summarize } from './report.ts';
import { replay } from './run.ts';
import { openStore, STORE_NAMES, type StoreName } from './stores.ts';

/** The arguments and options of the `replay` command. */
export interface ReplayCommandOptions {
  /** Files, folders and globs; none means the samples in `events/`. */
  readonly files: readonly string[];
  readonly store: StoreName;
  readonly batchSize?: number;
  readonly json?: boolean;
  readonly wallClock?: boolean;
  readonly cold?: boolean;
  readonly verbose?: boolean;
}

/**
 * Runs the `replay` command. Sets the environment variables that configure the stream function, and loads that module:
 * once per process.
 *
 * @returns the exit code
 */
export async function runReplay(options: ReplayCommandOptions, output: Output): Promise<ExitCode> {
  let files: EventFile[];
  try {
    files = await readEventFiles(options.files);
  } catch (error) {
    if (!(error instanceof EventFileError)) throw error;
    output.writeError(`replay: ${error.message}\n`);
    return EXIT.unusable;
  }
  try {
    return await replayInto(files, options, output);
  } catch (error) {
    if (error instanceof ConfigurationError) {
      output.writeError(`replay: ${error.message}\n`);
      return EXIT.unusable;
    }
    if (!(error instanceof StoreError)) throw error;
    output.writeError(`replay: the cache failed: ${error.message}\n`);
    return EXIT.disagreement;
  }
}

async function replayInto(
  files: readonly EventFile[],
  options: ReplayCommandOptions,
  output: Output,
): Promise<ExitCode> {
  const clock = options.wallClock ? wallClock : clockFor(files);
  const { store, namespace, description, mixedKeys, close } = await openStore(options.store, clock, process.env);
  configureFunction(namespace, options.verbose === true);
  const metrics = createMetricCollector();
  const renderer = options.json ? undefined : createTableRenderer(output);
  try {
    renderer?.begin(description, files.length);
    const reports: FileReport[] = [];
    const running = replay({
      files,
      map: cacheMap,
      store,
      clock,
      namespace,
      load: loadSyncFunction,
      printed(line) {
        if (!metrics.take(line) && options.verbose) output.writeError(`${line}\n`);
      },
      batchSize: options.batchSize,
      cold: options.cold === true,
      sortAttributes: sortAttributes(),
    });
    for await (const report of running) {
      reports.push(report);
      renderer?.file(report);
    }
    const report = summarize(reports, { store: description, metrics: metrics.summarize(), mixedKeys: mixedKeys() });
    if (renderer === undefined) output.write(renderJson(report));
    else renderer.end(report);
    return isGood(report) ? EXIT.fine : EXIT.disagreement;
  } finally {
    await close();
  }
}

/** Defines the command. */
export function replayCommand({ output, done }: Session): Command {
  return new Command('replay')
    .description('Replays DynamoDB stream events through the stream function into a cache, and checks what that left.')
    .argument('[files...]', 'event files, folders or globs (default: the samples in events/)')
    .addOption(new Option('--store <name>', 'where to').choices(STORE_NAMES).default('momento'))
    .option('--batch-size <records>', 'records to an invocation (default: all of a file)', wholeNumber)
    .option('--json', 'print one JSON document (npm run --silent keeps npm from adding its own lines)')
    .option('--wall-clock', "go by the machine's time instead of the events' own")
    .option('--cold', 'no reader at work beside the function: changes meet an empty cache')
    .option('--verbose', "print the function's logs to standard error")
    .addHelpText('after', HELP)
    .action(async (files: string[], options: Omit<ReplayCommandOptions, 'files'>) => {
      done(await runReplay({ ...options, files }, output));
    });
}

const HELP = `
Examples:
  npx dynamo-cache-sync replay
  npx dynamo-cache-sync replay my-events/*.json --batch-size 10 --store redis

Each batch goes through the handler of functions/sync.ts, as Lambda would invoke it. The store "momento" is the real
SDK over gRPC against a server inside this process, or Momento itself where MOMENTO_API_KEY is set (and the cache
CACHE_NAME exists); "redis" is a redis-server that is started for it, or the one of REDIS_URL; "memory" needs no network.

Time is the events' own: a batch is handled 1.3 s after its newest record was created, and time never goes back, so
that a batch of old events after newer ones really is late. Entries expire by that time too.

A reader is at work beside the function, as in production: 10 s before the first event of a batch it reads every item
and page that the batch will touch, so that changes meet entries that readers have filled (but not the items that the
batch inserts and the cache map prefills: nobody asks for those before they are there). Its table is the one that the
events imply; a first OldImage tells what was there before. --cold leaves that reader out.

After each batch, what it touched is read back through the same kind of reader and compared with the events: an entry
may be a value, an absence or missing, but what it says must be what the table holds by then. Where the events cannot
tell (a stream of keys only), the cache must not claim anything.

Exit code: 0 when every entry agrees, 1 when one does not, 2 when the files or the options cannot be used.`;

function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError('give a whole number from 1');
}

/** Begins before anything that the replay does ahead of the first event. */
function clockFor(files: readonly EventFile[]): EventClock {
  const times = files
    .flatMap(({ records }) => records.map(readRecord))
    .flatMap((read) => ('malformed' in read ? [] : [read.createdAt]));
  const first = times.reduce((earliest, time) => Math.min(earliest, time), Number.POSITIVE_INFINITY);
  return createEventClock(Number.isFinite(first) ? first - minutes(5) : Date.now());
}

/** The function is configured as it is in the cloud, by its environment; what else is set there is not for it. */
function configureFunction(namespace: string, verbose: boolean): void {
  const { env } = process;
  for (const name of ['AUDIT_QUEUE_URL', 'QUARANTINE_QUEUE_URL', 'POWERTOOLS_DEV', 'POWERTOOLS_METRICS_DISABLED']) {
    delete env[name];
  }
  env.CACHE_STORE = 'memory'; // The store itself is handed over; this kind needs nothing else to be set.
  env.CACHE_NAMESPACE = namespace;
  env.POWERTOOLS_SERVICE_NAME = 'replay';
  env.POWERTOOLS_TRACE_ENABLED = 'false';
  env.POWERTOOLS_LOG_LEVEL = verbose ? 'DEBUG' : 'SILENT';
}

/** The order within an index is the table's to say. A template without the table only costs the order. */
function sortAttributes(): SortAttributes {
  try {
    const { GlobalSecondaryIndexes: indexes } = readTemplate().table('replay');
    return new Map(
      indexes.flatMap(({ IndexName, KeySchema }) => {
        const sort = KeySchema.find(({ KeyType }) => KeyType === 'RANGE');
        return sort === undefined ? [] : [[IndexName, sort.AttributeName] as const];
      }),
    );
  } catch (error) {
    if (error instanceof TemplateError) return new Map();
    throw error;
  }
}
