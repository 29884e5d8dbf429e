/** Loads a bundle, lets it answer once, and prints how long after the start of the process that was. */
import { pathToFileURL } from 'node:url';

const [bundle = '', event = 'null'] = process.argv.slice(2);

const context = {
  functionName: 'function',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:function',
  memoryLimitInMB: '512',
  awsRequestId: 'request',
  getRemainingTimeInMillis: () => 10_000,
};

const { handler } = await import(pathToFileURL(bundle).href);
const response = await handler(JSON.parse(event), context);
// `performance.now` counts from the start of the process.
const answeredAfter = performance.now();
process.stdout.write(`\n${JSON.stringify({ answeredAfter, response })}\n`, () => process.exit(0));
