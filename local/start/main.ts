/** `npm start`: the whole stack on this machine. */
import { once } from 'node:events';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { startWatchedStack, type WatchedStack } from '../console/start.ts';
import { JavaMissing } from '../dynamodb/java.ts';
import { TableUnusable } from '../dynamodb/sample-table.ts';
import { listenForInterruption } from '../process/interruption.ts';
import { RedisMissing, RedisUnusable } from '../redis/redis-server.ts';
import { LOCAL_STORES, type LocalStore } from './cache.ts';
import { changesLine, isWorthShowing, requestLine, welcome } from './text.ts';

interface Options {
  readonly port: number;
  readonly store: LocalStore;
  readonly redisUrl?: string;
  readonly dynamodbEndpoint?: string;
  readonly logs: boolean;
}

try {
  const stack = await start(readOptions());
  // A second one does not wait for the rest; what was started ends with this process all the same.
  await once(listenForInterruption(), 'abort');
  await stack.close();
  process.exit(0);
} catch (error) {
  process.exit(exitCodeOf(error));
}

function readOptions(): Options {
  return (
    new Command('npm start --')
      .description('Runs the sample APIs, the synchronizer, DynamoDB Local with its stream, and a cache.')
      .option('--port <number>', 'port of the HTTP APIs', portNumber, 3000)
      .addOption(
        new Option('--store <name>', 'where the cache is')
          .choices(LOCAL_STORES)
          .default('momento' satisfies LocalStore)
          .env('CACHE_STORE'),
      )
      // Not checked here: what is refused here is quoted, and this may hold a password.
      .addOption(new Option('--redis-url <url>', 'a Redis that runs already (with --store redis)').env('REDIS_URL'))
      .option('--dynamodb-endpoint <url>', 'a DynamoDB Local that runs already (no Java is needed then)', httpUrl)
      .option('--logs', 'show all that the functions log, not only warnings and errors', false)
      .addHelpText('after', '\nExamples:\n  npm start -- --port 8080\n  CACHE_STORE=redis npm start')
      .exitOverride()
      .parse()
      .opts<Options>()
  );
}

async function start({ port, store, redisUrl, dynamodbEndpoint, logs }: Options): Promise<WatchedStack> {
  const watched = await startWatchedStack({
    port,
    store,
    ...(redisUrl && { redisUrl }),
    dynamodbEndpoint,
    onLog: (line) => {
      if (logs || isWorthShowing(line)) console.error(line);
    },
    onRequest: (request) => console.log(requestLine(request)),
    onInvocation: (invocation) => console.log(changesLine(invocation)),
    onError: (error) => console.error(String(error)),
  });
  console.log(welcome(watched.stack, watched.consoleUrl));
  return watched;
}

/** 2 and one sentence for what the user can put right; anything else is a defect, and shown whole. */
function exitCodeOf(error: unknown): number {
  // Commander has said what there was to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof JavaMissing) {
    console.error(`${error.message} Or give one that runs already: npm start -- --dynamodb-endpoint <url>`);
    return 2;
  }
  if (error instanceof RedisMissing) {
    console.error(`${error.message} Or set REDIS_URL to one that runs already.`);
    return 2;
  }
  if (error instanceof TableUnusable || error instanceof RedisUnusable) {
    console.error(error.message);
    return 2;
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    console.error('The port is taken: choose another with "npm start -- --port <number>".');
    return 2;
  }
  console.error(error);
  return 1;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a number from 0 to 65535.');
}

function httpUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new InvalidArgumentError('It must be a URL such as http://127.0.0.1:8000.');
}
