import { type Command, Option } from 'commander';

/** The flags by which a command finds the table and its cache; what is left out is taken from the environment. */
export interface CacheOptions {
  /** File that exports the cache map. */
  readonly map: string;
  readonly store?: (typeof STORES)[number];
  /** Name or ARN. */
  readonly table?: string;
}

/** The stores that outlive a process. */
const STORES = ['momento', 'redis', 'dynamodb'] as const;

/** Adds `--map`, `--store` and `--table`. */
export function withCacheOptions(command: Command): Command {
  return command
    .option('--map <file>', 'the cache map', './cache.config.ts')
    .addOption(new Option('--store <name>', 'where the cache is (default: CACHE_STORE, or momento)').choices(STORES))
    .option('--table <name>', 'the table that is cached, by name or ARN (default: TABLE_NAME)');
}

/** Adds `--json`. */
export const withJson = (command: Command): Command =>
  command.option('--json', 'print JSON (npm run --silent keeps npm from adding its own lines)', false);

/** Adds `--yes`. */
export const withYes = (command: Command): Command =>
  command.option('--yes', 'do it without asking, as a script must', false);

/** The environment variables that all commands share, at the end of their help. */
export const ENVIRONMENT_HELP = `
Table and cache are found by the variables that configure the functions: TABLE_NAME, CACHE_STORE, CACHE_NAME,
CACHE_NAMESPACE, MOMENTO_API_KEY or MOMENTO_API_KEY_SECRET_ID, MOMENTO_ENDPOINT, REDIS_URL,
REDIS_PASSWORD_SECRET_ID or REDIS_IAM_USER, and the AWS SDK's own.
"npm start" prints those of the stack that it starts.`;

/** What {@link CacheOptions} say, over the environment. */
export function configuredBy({ store, table }: CacheOptions, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, ...(store && { CACHE_STORE: store }), ...(table && { TABLE_NAME: table }) };
}
