import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Command, InvalidArgumentError } from 'commander';
import { type FailedBatch, MalformedMessageError } from '../../shared/repair/failure-message.ts';
import { RedriveIncomplete, redrive } from '../../shared/repair/redrive.ts';
import { readStreamRange, StreamRangeUnfinished } from '../../shared/repair/stream-range.ts';
import { type Connection, withConnection } from '../connection.ts';
import { explain } from '../errors.ts';
import { wholeNumber } from '../numbers.ts';
import { type CacheOptions, ENVIRONMENT_HELP, withCacheOptions, withJson, withYes } from '../options.ts';
import { EXIT, type ExitCode, type Session } from '../session.ts';
import { showProgress } from '../terminal/progress.ts';
import { plural } from '../terminal/text.ts';
import { type HeldMessage, heldMessages, messagesInHand } from './queue.ts';
import { type MessageOutcome, redriveJson, redriveText } from './report.ts';

interface RedriveOptions extends CacheOptions {
  readonly queue: string;
  readonly limit: number;
  readonly json: boolean;
  readonly yes: boolean;
}

/** Defines the command. */
export function redriveCommand(session: Session): Command {
  const command = new Command('redrive')
    .description('Makes good what records that were given up on, or set aside, may have left stale.')
    .requiredOption('--queue <url>', 'the failure or the quarantine queue', queueUrl)
    .option('--limit <messages>', 'take no more messages than these', wholeNumber, 100);
  return withYes(withJson(withCacheOptions(command)))
    .addHelpText('after', HELP)
    .action(async (options: RedriveOptions) => {
      const { environment } = session;
      session.done(await withConnection(options, environment, (connection) => run(options, connection, session)));
    });
}

const HELP = `
Examples:
  npx dynamo-cache-sync redrive --queue https://sqs.eu-west-1.amazonaws.com/123456789012/failures
  npx dynamo-cache-sync redrive --queue https://sqs.eu-west-1.amazonaws.com/123456789012/failures --yes

Without --yes it is a dry run: the messages are read, the records are fetched from the stream, and all stay where they
are (SQS counts it as a receipt). With --yes every entry concerned is replaced by a tombstone, every collection gets new
generations, and the message is removed. It may be done again without harm.

The queues' URLs are the template's outputs FailureQueueUrl and QuarantineQueueUrl. functions/redrive.ts does the same
all the time: this is for what it cannot do, and for seeing why. A message that cannot be read or done now stays.

Exit code: 0 when all messages were redriven, or would be; 1 when one stays.
${ENVIRONMENT_HELP}`;

async function run(options: RedriveOptions, connection: Connection, session: Session): Promise<ExitCode> {
  const { output } = session;
  const signal = session.interruption();
  const sqs = new SQSClient({});
  const streams = new DynamoDBStreamsClient({});
  const dependencies = {
    ...connection,
    // Whoever typed the command waits for it.
    remaining: () => Number.POSITIVE_INFINITY,
    readRange: (batch: FailedBatch) => readStreamRange(streams, batch),
  };
  const outcomes: MessageOutcome[] = [];
  /** Only in the end: a message that is back in the queue would be the next one that it gives. */
  const toRelease: HeldMessage[] = [];
  let inHand: number | undefined;
  const line = showProgress(output, () => plural(outcomes.length, 'message'));
  try {
    for await (const message of heldMessages(sqs, options.queue, options.limit, signal)) {
      toRelease.push(message);
      if (signal.aborted) continue;
      const outcome = await outcomeOf(message, () => redrive(message.body, dependencies, !options.yes));
      outcomes.push(outcome);
      if (!options.yes || outcome.kind === 'failed') continue;
      await message.remove();
      toRelease.pop();
    }
    if (outcomes.length === 0) inHand = await messagesInHand(sqs, options.queue);
  } finally {
    line.end();
    // One that cannot be released comes back by itself; that must not hide why the run ended.
    await Promise.allSettled(toRelease.map((message) => message.release()));
    sqs.destroy();
    streams.destroy();
  }
  output.write(
    options.json ? redriveJson(outcomes, !options.yes) : redriveText(outcomes, !options.yes, inHand, output),
  );
  if (signal.aborted) return EXIT.interrupted;
  return outcomes.every(({ kind }) => kind === 'redriven') ? EXIT.fine : EXIT.disagreement;
}

function queueUrl(text: string): string {
  if (URL.canParse(text)) return text;
  throw new InvalidArgumentError('Give the URL of the queue, which begins with https://.');
}

/** A message that cannot be read, or not be done now, must not keep the others from it. */
async function outcomeOf({ id }: HeldMessage, work: () => ReturnType<typeof redrive>): Promise<MessageOutcome> {
  try {
    return { id, kind: 'redriven', report: await work() };
  } catch (error) {
    const isItsOwn = [MalformedMessageError, RedriveIncomplete, StreamRangeUnfinished].some(
      (type) => error instanceof type,
    );
    const reason = isItsOwn && error instanceof Error ? error.message : explain(error);
    // What nobody can explain is a defect of ours.
    if (reason === undefined) throw error;
    return { id, kind: 'failed', reason };
  }
}
