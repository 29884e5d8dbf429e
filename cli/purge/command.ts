import { Command } from 'commander';
import type { AnyCollection } from '../../shared/map/collection.ts';
import type { AnyEntity } from '../../shared/map/entity.ts';
import { purgeCollection, purgeEntry } from '../../shared/repair/purge.ts';
import { memberNamed } from '../cache-map.ts';
import { type Connection, withConnection } from '../connection.ts';
import { collectionParams, entityParams, KEY_HELP } from '../key-arguments.ts';
import { type CacheOptions, ENVIRONMENT_HELP, withCacheOptions, withJson, withYes } from '../options.ts';
import { EXIT, type Session } from '../session.ts';
import { confirm } from '../terminal/confirm.ts';

interface PurgeOptions extends CacheOptions {
  readonly yes: boolean;
  readonly json: boolean;
}

/** Defines the command. */
export function purgeCommand(session: Session): Command {
  const command = new Command('purge')
    .description('Makes readers ask the table again, for an item or for the pages of a collection.')
    .argument('<name>', 'an entity or a collection of the cache map')
    .argument('[key...]', 'its parameters, as name=value; of a collection, none means all of it');
  return withYes(withJson(withCacheOptions(command)))
    .addHelpText('after', HELP)
    .action(async (name: string, words: string[], options: PurgeOptions) => {
      await withConnection(options, session.environment, (connection) =>
        purge(name, words, options, connection, session),
      );
    });
}

const HELP = `
Examples:
  npx dynamo-cache-sync purge user username=alice
  npx dynamo-cache-sync purge my-orders createdBy=alice --yes

Nothing is ever deleted: an entry gives way to a tombstone, and the pages of a collection to a new generation, which
also stop whatever a reader is about to store of the past.
${KEY_HELP}
${ENVIRONMENT_HELP}`;

async function purge(
  name: string,
  words: readonly string[],
  options: PurgeOptions,
  connection: Connection,
  session: Session,
): Promise<void> {
  const purged = purgeOf(memberNamed(connection.map, name), words, connection);
  const subject = [name, ...words].join(' ');
  const agreed = options.yes || (await confirm(`Purge ${subject}?`));
  const said = agreed ? `${subject}: ${await purged()}.` : 'Nothing was changed.';
  session.output.write(`${options.json ? JSON.stringify({ subject, purged: agreed }) : said}\n`);
  session.done(EXIT.fine);
}

/** What carries it out, and answers what was done. A key that cannot be is refused before anybody is asked. */
function purgeOf(
  member: AnyEntity | AnyCollection,
  words: readonly string[],
  connection: Connection,
): () => Promise<string> {
  const { namespace } = connection;
  if (member.kind === 'entity') {
    const primaryKey = member.key(entityParams(member, words));
    return async () => {
      await purgeEntry(member, primaryKey, namespace, connection);
      return 'its entry is a tombstone now, and readers ask the table';
    };
  }
  const params = words.length === 0 ? undefined : collectionParams(member, words);
  return async () => {
    await purgeCollection(member, params, namespace, connection);
    return params === undefined
      ? 'all its pages are outdated now, and readers query the table'
      : 'these pages are outdated now, and readers query the table';
  };
}
