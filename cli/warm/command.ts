import { Command } from 'commander';
import { meteredTable } from '../../shared/scan/metered-table.ts';
import { type Checkpoint, readCheckpoint } from '../../shared/warm/checkpoint.ts';
import { targetsOf } from '../../shared/warm/key-rows.ts';
import { NOTHING } from '../../shared/warm/tally.ts';
import { type WarmSource, warm } from '../../shared/warm/warm.ts';
import { probeCheckpointFile, readCheckpointFile, requireNoCheckpoint } from '../checkpoint-file.ts';
import { type Connection, withConnection } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { itemCount } from '../item-count.ts';
import { positiveNumber, segmentCount, wholeNumber } from '../numbers.ts';
import { type CacheOptions, ENVIRONMENT_HELP, withCacheOptions, withJson } from '../options.ts';
import { EXIT, type Session } from '../session.ts';
import { showProgress } from '../terminal/progress.ts';
import { checkpointKeeper } from './checkpoint-keeper.ts';
import { readKeyFile } from './key-file.ts';
import { progressLine, type WarmProgress, warmJson, warmText } from './report.ts';

interface WarmCommandOptions extends CacheOptions {
  readonly keys?: string;
  readonly top?: number;
  readonly rate: number;
  readonly segments: number;
  readonly checkpoint: string;
  readonly resume: boolean;
  readonly json: boolean;
}

/** Defines the command. */
export function warmCommand(session: Session): Command {
  const command = new Command('warm')
    .description('Fills the cache from the table before anybody asks.')
    .option('--keys <file>', 'fill these (.csv, or one JSON object to a line) instead of the whole table')
    .option('--top <number>', 'of the keys, only those with the highest count', wholeNumber)
    .option('--rate <units>', 'read units a second that it may take from the table', positiveNumber, 500)
    .option('--segments <number>', 'parts of the table that are read side by side', segmentCount, 8)
    .option('--checkpoint <file>', 'where it keeps how far it is', 'warm.checkpoint.json')
    .option('--resume', 'go on from the checkpoint', false);
  return withJson(withCacheOptions(command))
    .addHelpText('after', HELP)
    .action(async (options: WarmCommandOptions) => {
      if (options.top !== undefined && options.keys === undefined) {
        throw new UsageError('--top is of a list of keys: name the list with --keys.');
      }
      await withConnection(options, session.environment, (connection) => run(options, connection, session));
    });
}

const HELP = `
Examples:
  npx dynamo-cache-sync warm --rate 2000
  npx dynamo-cache-sync warm --keys hot.csv --top 10000
  npx dynamo-cache-sync warm --resume

Entries are filled as readers fill them, in the face of readers, writers and the synchronizer: what is there stays, and
a change that is made meanwhile wins. To warm twice does no harm; the second run costs reads, and hardly any writes.
Items are filled, lists (collections) are not: whoever asks first fills them.

A list of keys names each one by its entity and the parameters of that, or by the key attributes of the table. "count"
says how often it is asked for. Numbers may be text, binaries are base64:

  entity,username,count              {"entity":"user","username":"alice","count":120}
  user,alice,120                     {"PK":"USER#alice","SK":"USER#alice"}

A consistent read takes one read unit for each 4 KB. --rate is kept on average.

Ctrl-C leaves a checkpoint, from which --resume goes on. Exit code: 0 when all is done.
${ENVIRONMENT_HELP}`;

async function run(options: WarmCommandOptions, connection: Connection, session: Session): Promise<void> {
  const { tableName, client, namespace } = connection;
  const { output } = session;
  const checkpoint = options.resume ? readCheckpoint(await readCheckpointFile(options.checkpoint)) : undefined;
  if (!options.resume) requireNoCheckpoint(options.checkpoint);
  await probeCheckpointFile(options.checkpoint);
  const source = await sourceOf(options, connection, session);
  const expected = source.kind === 'keys' ? source.targets.length : await itemCount(client, tableName);

  const before = checkpoint?.tally ?? NOTHING;
  const begin = performance.now();
  let tally = before;
  const progress = (): WarmProgress => ({ tally, before, elapsed: performance.now() - begin });
  const keeper = checkpointKeeper(options.checkpoint);
  const line = showProgress(output, (width) => progressLine(progress(), expected, width, output.live && output.colors));
  let finished = false;
  try {
    const result = await warm({
      ...{ map: connection.map, namespace, store: connection.store, clock: connection.clock, source, checkpoint },
      ...meteredTable(client, tableName, options.rate),
      random: Math.random,
      identity: connection.identity,
      signal: session.interruption(),
      onProgress: (now: Checkpoint) => {
        tally = now.tally;
        keeper.take(now);
      },
    });
    finished = result.finished;
  } finally {
    line.end();
    if (finished) await keeper.discard();
    else if (await keeper.keep())
      output.writeError(`Where it stands is in ${options.checkpoint}: go on with --resume.\n`);
  }
  output.write(options.json ? warmJson(progress(), finished) : warmText(progress(), finished, output));
  session.done(finished ? EXIT.fine : EXIT.interrupted);
}

async function sourceOf(
  options: WarmCommandOptions,
  { map, namespace }: Connection,
  { output }: Session,
): Promise<WarmSource> {
  const { keys, top, segments } = options;
  if (keys === undefined) return { kind: 'table', segments };
  const rows = await readKeyFile(keys);
  const { targets, problems } = targetsOf(map, namespace, rows, top);
  const [first] = problems;
  if (first !== undefined) {
    const what = `${problems.length} of the ${rows.length} rows of ${keys} name no key: row ${first.row}: ${first.problem}`;
    if (targets.length === 0) throw new UsageError(`${what}.`);
    output.writeError(`${what}. They are left out.\n`);
  }
  return { kind: 'keys', targets };
}
