import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { Command } from 'commander';
import { startPoller } from '../../local/stream/poller.ts';
import { ConfigurationError } from '../../shared/runtime/configuration-error.ts';
import { seconds } from '../../shared/time.ts';
import { type Connection, withConnection } from '../connection.ts';
import { explain } from '../errors.ts';
import { positiveNumber, wholeNumber } from '../numbers.ts';
import { type CacheOptions, ENVIRONMENT_HELP, withCacheOptions, withJson } from '../options.ts';
import { EXIT, type Session } from '../session.ts';
import { Follower } from './follow.ts';
import { sightingJson, sightingText } from './report.ts';

interface TailOptions extends CacheOptions {
  readonly fromStart: boolean;
  readonly count: number;
  readonly patience: number;
  readonly json: boolean;
}

/** Defines the command. */
export function tailCommand(session: Session): Command {
  const command = new Command('tail')
    .description("Shows the table's changes as they pass, what becomes of each, and when its entry reflects it.")
    .option('--from-start', 'begin with what the stream still holds (24 hours)', false)
    .option('--count <records>', 'end after so many records', wholeNumber, Number.POSITIVE_INFINITY)
    .option('--patience <seconds>', 'how long an entry is watched for a change', positiveNumber, 30);
  return withJson(withCacheOptions(command))
    .addHelpText('after', HELP)
    .action(async (options: TailOptions) => {
      await withConnection(options, session.environment, (connection) => tail(options, connection, session));
      session.done(EXIT.fine);
    });
}

const HELP = `
Examples:
  npx dynamo-cache-sync tail
  npx dynamo-cache-sync tail --json | jq 'select(.kind == "reflected") | .reflectedAfter'

For each record: its event, entity and key, and the decision by the rules of the sync function on the entry as it is (or,
where sync was faster, what the entry tells of it). Then the entry is watched until it reflects the change. The time is
from the change to when that was seen; the stream gives whole seconds, so that it may be up to a second too long.

This reads the stream itself. More than two readers of a stream are throttled, and the sync function is one: do not
leave this running beside a third. Ctrl-C ends it. --json prints a line to each sighting. Keys are shown.
${ENVIRONMENT_HELP}`;

async function tail(options: TailOptions, connection: Connection, session: Session): Promise<void> {
  const { output } = session;
  const { map, client, tableName } = connection;
  const streamArn = await streamOf(client, tableName);
  const streams = new DynamoDBStreamsClient({});
  const enough = new AbortController();
  const ended = AbortSignal.any([session.interruption(), output.closed]);
  const signal = AbortSignal.any([ended, enough.signal]);
  const attributes = map.entities[0]?.keyAttributes ?? [];
  const follower = new Follower({
    connection,
    patience: seconds(options.patience),
    signal: ended,
    onSighting: (sighting) => {
      const at = new Date();
      output.write(
        options.json ? sightingJson(sighting, attributes, at) : sightingText(sighting, attributes, at, output),
      );
    },
  });
  const following = new Set<Promise<void>>();
  let records = 0;
  const poller = startPoller({
    streams,
    streamArn,
    signal,
    settings: { ...EACH_AT_ONCE, startingPosition: options.fromStart ? 'TRIM_HORIZON' : 'LATEST' },
    // DynamoDB Local rounds the times of its records to the minute.
    creationTimes: /^arn:aws:dynamodb:ddblocal:/.test(streamArn) ? 'rounded-to-minute' : 'exact',
    handler: async ({ Records: batch }: DynamoDBStreamEvent) => {
      for (const record of batch.slice(0, options.count - records)) {
        records += 1;
        const followed = follower.follow(record).finally(() => following.delete(followed));
        followed.catch(() => enough.abort());
        following.add(followed);
      }
      if (records >= options.count) enough.abort();
    },
    onFailure: async () => {},
    onError: (error) => output.writeError(`tail: ${explain(error) ?? String(error)}\n`),
  });
  try {
    // Not before it stands in the stream: what is changed after this line is shown.
    await poller.drained().catch(() => {});
    if (!signal.aborted) output.writeError(`Following ${tableName}. Ctrl-C ends it.\n`);
    await poller.ended;
    await Promise.all(following);
  } finally {
    streams.destroy();
  }
}

/** Nothing is gathered before it is shown. The handler never fails, so that there is nothing to try again. */
const EACH_AT_ONCE = {
  batchSize: 1_000,
  batchingWindow: seconds(0),
  reportsBatchItemFailures: false,
  bisectsOnError: false,
  maximumRetryAttempts: 0,
  maximumRecordAge: undefined,
  onFailureQueue: undefined,
} as const;

async function streamOf(client: DynamoDBClient, tableName: string): Promise<string> {
  const { Table: table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  if (table?.LatestStreamArn !== undefined) return table.LatestStreamArn;
  throw new ConfigurationError(`The table ${tableName} has no stream: turn it on (StreamEnabled=true).`);
}
