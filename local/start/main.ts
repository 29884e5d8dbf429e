/** `npm start`: the whole stack on this machine. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { JavaMissing } from '../dynamodb/java.ts';
import { TableUnusable } from '../dynamodb/sample-table.ts';
import { type Stack, startStack } from './stack.ts';
import { changesLine, isWorthShowing, requestLine, welcome } from './text.ts';

interface Options {
  readonly port: number;
  readonly dynamodbEndpoint?: string;
  readonly logs: boolean;
}

try {
  const stack = await start(readOptions());
  await untilInterrupted();
  await stack.close();
  process.exit(0);
} catch (error) {
  process.exit(exitCodeOf(error));
}

function readOptions(): Options {
  return new Command('npm start --')
    .description('Runs the sample APIs, the synchronizer, DynamoDB Local with its stream and a Momento server.')
    .option('--port <number>', 'port of the HTTP APIs', portNumber, 3000)
    .option('--dynamodb-endpoint <url>', 'a DynamoDB Local that runs already (no Java is needed then)', httpUrl)
    .option('--logs', 'show all that the functions log, not only warnings and errors', false)
    .addHelpText('after', '\nExample:\n  npm start -- --port 8080')
    .exitOverride()
    .parse()
    .opts<Options>();
}

async function start({ port, dynamodbEndpoint, logs }: Options): Promise<Stack> {
  const stack = await startStack({
    port,
    dynamodbEndpoint,
    onLog: (line) => {
      if (logs || isWorthShowing(line)) console.error(line);
    },
    onRequest: (request) => console.log(requestLine(request)),
    onInvocation: (invocation) => console.log(changesLine(invocation)),
    onError: (error) => console.error(String(error)),
  });
  console.log(welcome(stack));
  return stack;
}

/** A second Ctrl-C does not wait; what was started ends with this process all the same. */
function untilInterrupted(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      resolve();
      process.once(signal, () => process.exit(130));
    });
  }
  return promise;
}

/** 2 and one sentence for what the user can put right; anything else is a defect, and shown whole. */
function exitCodeOf(error: unknown): number {
  // Commander has said what there was to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof JavaMissing) {
    console.error(`${error.message} Or give one that runs already: npm start -- --dynamodb-endpoint <url>`);
    return 2;
  }
  if (error instanceof TableUnusable) {
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
