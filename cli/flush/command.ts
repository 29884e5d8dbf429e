import { Command, Option } from 'commander';
import { isNamespace } from '../../shared/map/cache-key.ts';
import { readEnvironment } from '../../shared/runtime/environment.ts';
import { UsageError } from '../errors.ts';
import { withJson } from '../options.ts';
import { EXIT, type Session } from '../session.ts';

interface FlushOptions {
  readonly namespace?: string;
  readonly json: boolean;
}

/** Defines the command. */
export function flushCommand(session: Session): Command {
  const command = new Command('flush')
    .description('Says how to begin with an empty cache. Changes nothing itself.')
    .addOption(new Option('--namespace <name>', 'the new namespace (default: the old one, with the time)'));
  return withJson(command)
    .addHelpText('after', HELP)
    .action((options: FlushOptions) => {
      flush(options, session);
    });
}

const HELP = `
Example:
  npx dynamo-cache-sync flush

The namespace (CACHE_NAMESPACE, the template's parameter CacheNamespace) is the first part of every cache key: with a
new one, nothing that is cached now is found any more. Old entries expire by themselves.`;

function flush({ namespace, json }: FlushOptions, { environment, output, done }: Session): void {
  // Where the cache is does not matter here, and need not be configured.
  const { namespace: current } = readEnvironment({ ...environment, CACHE_STORE: 'memory' });
  const next = namespace ?? successorOf(current);
  if (!isNamespace(next)) {
    throw new UsageError(
      `"${next}" cannot be a namespace: give 1 to 64 letters, digits, dots, dashes and underscores.`,
    );
  }
  if (next === current) throw new UsageError(`The namespace is "${current}" already: give another.`);
  output.write(json ? `${JSON.stringify({ current, next })}\n` : instructions(current, next));
  done(EXIT.fine);
}

/**
 * The order matters. A reader that fills in the new namespace while changes are still applied in the old one keeps what
 * it filled; and while the function of the stream is ahead, hits of the old namespace are out of date.
 */
const instructions = (
  current: string,
  next: string,
): string => `The namespace is "${current}". To begin with an empty cache, take "${next}":

  1. Hold the stream, whose changes then wait for the new namespace:
     aws lambda update-event-source-mapping --uuid <of the sync function> --no-enabled
  2. Deploy all functions with it:
     sam deploy --parameter-overrides CacheNamespace=${next} …
  3. Let the stream go on:
     aws lambda update-event-source-mapping --uuid <of the sync function> --enabled

Between 1 and 3, hits may be out of date. A reader that is deployed while changes are still applied in the old
namespace could keep what it filled until its TTL: that is what step 1 is for.

On this machine: CACHE_NAMESPACE=${next}, for every process.
`;

/** With the time in it, so that no namespace comes back while entries of it live. */
function successorOf(current: string): string {
  const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  return `${current.replace(/-\d{14}$/, '').slice(0, 49)}-${time}`;
}
