import picocolors from 'picocolors';
import type { RequestReport } from '../http/api.ts';
import { hostOf } from '../redis/redis-server.ts';
import type { InvocationReport } from '../stream/delivery.ts';
import type { CachePlace } from './cache.ts';
import { commandEnvironment, exportLines } from './command-environment.ts';
import type { Stack } from './stack.ts';

/** Left to itself, picocolors takes any CI for a terminal. */
const pc = picocolors.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR);

/** What is printed once everything runs: where it is, and what to try. */
export function welcome(stack: Stack, consoleUrl: string): string {
  const { url, dynamodbEndpoint, table, cache, sqs } = stack;
  const product = `${url}/products/teapot`;
  return [
    '',
    `${pc.bold('HTTP APIs')}   ${pc.cyan(url)}`,
    `${pc.bold('Console')}     ${pc.cyan(consoleUrl)}`,
    `DynamoDB    ${dynamodbEndpoint}  (table ${table.name})`,
    `Cache       ${cacheText(cache)}`,
    `SQS         ${sqs.endpoint}`,
    '',
    pc.dim('A change counts from the second in which the poller first saw it: DynamoDB Local rounds to the minute.'),
    '',
    `${pc.bold('Worth trying')}, and watch ${pc.bold('x-cache')}: an absence is cached, a write replaces it, the next read is a hit`,
    `  curl -i ${product}`,
    `  curl -i -X PUT ${product} -H 'content-type: application/json' -d '{"title":"Teapot","price":1999}'`,
    `  curl -i ${product}`,
    '',
    `${pc.bold('The command line')}, in another terminal: npx dynamo-cache-sync --help, after`,
    ...exportLines(commandEnvironment(stack)).map((line) => `  ${line}`),
    '',
    pc.dim('Ctrl-C ends everything.'),
    '',
  ].join('\n');
}

function cacheText(cache: CachePlace): string {
  switch (cache.store) {
    case 'momento':
      return `momento  ${cache.server.endpoint}`;
    case 'redis':
      return `redis  ${hostOf(cache.url)}`;
    case 'dynamodb':
      return `dynamodb  (table ${cache.tableName})`;
  }
}

/** One line for a request that was answered. */
export function requestLine({ routeKey, status, cache, milliseconds }: RequestReport): string {
  const shown = status < 400 ? pc.green(String(status)) : pc.yellow(String(status));
  return [
    routeKey,
    shown,
    ...(cache === undefined ? [] : [pc.bold(cache)]),
    pc.dim(`${milliseconds.toFixed(0)} ms`),
  ].join('  ');
}

/** One line for changes that the synchronizer was given. */
export function changesLine({ records, verdict, iteratorAge, error }: InvocationReport): string {
  const changes = records === 1 ? '1 change' : `${records} changes`;
  const age = pc.dim(`${(iteratorAge / 1_000).toFixed(1)} s old`);
  switch (verdict) {
    case 'done':
      return `${changes}  ${pc.green('applied')}  ${age}`;
    case 'failed-from':
      return `${changes}  ${pc.yellow('applied in part, the rest is tried again')}  ${age}`;
    case 'failed':
      return `${changes}  ${pc.red('failed, tried again')}  ${age}${error === undefined ? '' : `  ${String(error)}`}`;
  }
}

/** Functions log JSON: metrics, which only CloudWatch reads, and messages, of which warnings and errors matter here. */
export function isWorthShowing(line: string): boolean {
  try {
    const { level, _aws: metric }: { level?: unknown; _aws?: unknown } = Object(JSON.parse(line));
    return metric === undefined && (level === undefined || !QUIET.has(String(level)));
  } catch {
    return line.trim() !== '';
  }
}

const QUIET = new Set(['TRACE', 'DEBUG', 'INFO']);
