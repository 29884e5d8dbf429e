/** Loads a bundle in this process, invokes its handler once, and prints the outcome as the last line. */
import { pathToFileURL } from 'node:url';

const [bundle = '', event = 'null'] = process.argv.slice(2);

try {
  const { handler } = await import(pathToFileURL(bundle).href);
  const context = {
    functionName: 'function',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:function',
    memoryLimitInMB: '512',
    awsRequestId: 'request',
    getRemainingTimeInMillis: () => 10_000,
  };
  print({ response: await handler(JSON.parse(event), context) });
} catch (error) {
  print({ error: error instanceof Error ? { name: error.name, message: error.message } : String(error) });
}

/** The process ends here, whatever connections the function keeps. */
function print(outcome: unknown): void {
  process.stdout.write(`\n${JSON.stringify(outcome)}\n`, () => process.exit(0));
}
