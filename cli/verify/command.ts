import { Command } from 'commander';
import { meteredTable } from '../../shared/scan/metered-table.ts';
import { seconds } from '../../shared/time.ts';
import { readVerifyCheckpoint } from '../../shared/verify/checkpoint.ts';
import { total } from '../../shared/verify/tally.ts';
import { type StaleEntry, type VerifyProgress, type VerifyResult, verify } from '../../shared/verify/verify.ts';
import {
  probeCheckpointFile,
  readCheckpointFile,
  removeCheckpointFile,
  writeCheckpointFile,
} from '../checkpoint-file.ts';
import { type Connection, withConnection } from '../connection.ts';
import { itemCount } from '../item-count.ts';
import { positiveNumber, segmentCount, share, wholeNumber } from '../numbers.ts';
import { type CacheOptions, ENVIRONMENT_HELP, withCacheOptions, withJson, withYes } from '../options.ts';
import { EXIT, type ExitCode, type Session } from '../session.ts';
import { confirm } from '../terminal/confirm.ts';
import { showProgress } from '../terminal/progress.ts';
import { progressLine, verifyJson, verifyText } from './report.ts';

interface VerifyCommandOptions extends CacheOptions {
  readonly sample: number;
  readonly limit?: number;
  readonly rate: number;
  readonly segments: number;
  readonly patience: number;
  readonly repair: boolean;
  readonly checkpoint: string;
  readonly resume: boolean;
  readonly json: boolean;
  readonly yes: boolean;
}

/** Defines the command. */
export function verifyCommand(session: Session): Command {
  const command = new Command('verify')
    .description('Compares what is cached with the table, item by item.')
    .option('--sample <share>', 'read only this share of the table, such as 1%', share, 1)
    .option('--limit <items>', 'look at no more items than these', wholeNumber)
    .option('--rate <units>', 'read units a second that it may take from the table', positiveNumber, 100)
    .option('--segments <number>', 'parts of the table that are read side by side', segmentCount, 4)
    .option('--patience <seconds>', 'before a disagreement is looked at again', positiveNumber, 5)
    .option('--repair', 'replace what is stale by tombstones', false)
    .option('--checkpoint <file>', 'where Ctrl-C leaves how far it was', 'verify.checkpoint.json')
    .option('--resume', 'go on from the checkpoint', false);
  return withYes(withJson(withCacheOptions(command)))
    .addHelpText('after', HELP)
    .action(async (options: VerifyCommandOptions) => {
      await withConnection(options, session.environment, (connection) => run(options, connection, session));
    });
}

const HELP = `
Examples:
  npx dynamo-cache-sync verify --sample 1%
  npx dynamo-cache-sync verify --rate 500 --repair --yes
  npx dynamo-cache-sync verify --resume

The table is scanned consistently, and each item is compared with its entry. One disagreement proves nothing: the event
of a change may be on its way. So both are looked at again after --patience, which has to be longer than the stream lags:

  agree     the entry says what the table says
  settled   it does now: an event was on its way
  missing   no entry, or a tombstone: readers ask the table
  unknown   not an entry of this program, which readers take for none; or it kept changing
  stale     still exactly as it was, and so was the table: nothing is going to correct it

An entry of an item that the table no longer has is not looked at: a scan cannot know of it.

Ctrl-C leaves a checkpoint, from which --resume goes on. Exit code: 0 when nothing is stale, 1 when something was.
${ENVIRONMENT_HELP}`;

async function run(options: VerifyCommandOptions, connection: Connection, session: Session): Promise<void> {
  const { map, tableName, client } = connection;
  const { output } = session;
  const checkpoint = options.resume ? readVerifyCheckpoint(await readCheckpointFile(options.checkpoint)) : undefined;
  await probeCheckpointFile(options.checkpoint);
  if (options.repair && !options.yes && !(await confirm(`Replace stale entries of ${tableName} by tombstones?`))) {
    output.write('Nothing was changed.\n');
    return session.done(EXIT.fine);
  }
  const items = await itemCount(client, tableName);
  const expected = items && Math.min(options.limit ?? items, Math.round(items * options.sample));
  const stale: StaleEntry[] = [];
  let progress: VerifyProgress = { tally: {}, lookedAt: 0 };
  const line = showProgress(output, () => progressLine(progress, expected));
  let result: VerifyResult;
  try {
    result = await verify({
      ...connection,
      ...meteredTable(client, tableName, options.rate),
      segments: options.segments,
      share: options.sample,
      limit: options.limit,
      patience: seconds(options.patience),
      repair: options.repair,
      checkpoint,
      signal: session.interruption(),
      onProgress: (now) => {
        progress = now;
      },
      onStale: (entry) => void stale.push(entry),
    });
  } finally {
    line.end();
  }

  if (result.end.kind === 'failed' && progress.lookedAt === 0) throw result.end.error;
  const { tally, unmapped } = result.checkpoint;
  const report = { tally, unmapped, stale, finished: result.end.kind === 'finished' };
  const attributes = map.entities[0]?.keyAttributes ?? [];
  output.write(options.json ? verifyJson(report, attributes) : verifyText(report, attributes, output));
  session.done(await conclude(result, options, session));
}

/** Keeps the checkpoint of a run that has not finished, whatever ended it. */
async function conclude(
  { end, checkpoint }: VerifyResult,
  { checkpoint: path, resume }: VerifyCommandOptions,
  { output }: Session,
): Promise<ExitCode> {
  if (end.kind === 'finished') {
    if (resume) await removeCheckpointFile(path);
    return total(checkpoint.tally).stale > 0 ? EXIT.disagreement : EXIT.fine;
  }
  await writeCheckpointFile(path, checkpoint);
  output.writeError(`Where it stands is in ${path}: go on with --resume.\n`);
  if (end.kind === 'failed') throw end.error;
  return EXIT.interrupted;
}
