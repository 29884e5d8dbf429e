import { Command } from 'commander';
import { memberNamed } from '../cache-map.ts';
import { type Connection, withConnection } from '../connection.ts';
import { collectionParams, entityParams, KEY_HELP } from '../key-arguments.ts';
import { type CacheOptions, ENVIRONMENT_HELP, withCacheOptions, withJson } from '../options.ts';
import { EXIT, type ExitCode, type Session } from '../session.ts';
import type { Output } from '../terminal/output.ts';
import { viewCollection } from './collection.ts';
import { collectionJson, collectionText } from './collection-text.ts';
import { viewEntry } from './entry.ts';
import { entryJson, entryText } from './entry-text.ts';

interface InspectOptions extends CacheOptions {
  readonly json: boolean;
}

/** Defines the command. */
export function inspectCommand(session: Session): Command {
  const command = new Command('inspect')
    .description('Shows what is cached of an item or a collection, beside the table.')
    .argument('<name>', 'an entity or a collection of the cache map')
    .argument('[key...]', 'its parameters, as name=value');
  return withJson(withCacheOptions(command))
    .addHelpText('after', HELP)
    .action(async (name: string, words: string[], options: InspectOptions) => {
      const { environment, output } = session;
      session.done(
        await withConnection(options, environment, (connection) => inspect(name, words, options, connection, output)),
      );
    });
}

const HELP = `
Examples:
  npx dynamo-cache-sync inspect user username=alice
  npx dynamo-cache-sync inspect my-orders createdBy=alice --json

Shows data of the item. Exit code: 0 when cache and table agree, or readers ask the table anyway; 1 when they do not,
which after a change may last until its event has arrived ("verify" looks twice).
${KEY_HELP}
${ENVIRONMENT_HELP}`;

async function inspect(
  name: string,
  words: readonly string[],
  options: InspectOptions,
  connection: Connection,
  output: Output,
): Promise<ExitCode> {
  const member = memberNamed(connection.map, name);
  const subject = [name, ...words].join(' ');
  if (member.kind === 'entity') {
    const view = await viewEntry(member, member.key(entityParams(member, words)), connection);
    output.write(options.json ? entryJson(subject, view) : entryText(subject, view, output));
    return view.comparison.kind === 'differs' ? EXIT.disagreement : EXIT.fine;
  }
  const view = await viewCollection(member, collectionParams(member, words), connection);
  output.write(options.json ? collectionJson(subject, view) : collectionText(subject, view, output));
  return view.agreement === 'differs' ? EXIT.disagreement : EXIT.fine;
}
