import * as v from 'valibot';
import { type Duration, seconds } from '../time.ts';

/** Where the cache is. */
export type CacheConfiguration =
  | { readonly store: 'memory' }
  | {
      readonly store: 'momento';
      readonly cacheName: string;
      /** `host:port` of a local, plaintext server, or the host of a Momento region that a v2 API key belongs to. */
      readonly endpoint: string | undefined;
      readonly apiKey: string | undefined;
      /** Name or ARN of the secret that holds the API key. */
      readonly apiKeySecretId: string | undefined;
    };

/** What the environment variables say, but for Powertools' own. Read once, here, when a function starts. */
export interface Environment {
  /** First part of every cache key: a new one is an empty cache. */
  readonly namespace: string;
  readonly cache: CacheConfiguration;
  /** The table; a function that reads it insists on it with {@link requireTableName}. */
  readonly tableName: string | undefined;
  /** Where the sync function puts records that it cannot understand. */
  readonly quarantineQueueUrl: string | undefined;
  /** Where sync sends the keys that audit is to look at; none: no audit. */
  readonly auditQueueUrl: string | undefined;
  /** Share of the keys that sync applied which are audited, from 0 to 1. */
  readonly auditShare: number;
  /** How long after it was written an entry is looked at, and looked at again. */
  readonly auditDelay: Duration;
}

/** Configuration is missing or wrong. The message is one sentence that names the variable and says what to set. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * Reads the environment variables of a function.
 *
 * @throws {ConfigurationError} that names the variable which is missing or wrong
 */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const result = v.safeParse(VariablesSchema, withoutEmpty(variables), { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw new ConfigurationError(`${v.getDotPath(issue) ?? 'the environment'} ${issue.message}.`);
  }
  const read = result.output;
  return {
    namespace: read.CACHE_NAMESPACE,
    cache: read.CACHE_STORE === 'memory' ? { store: 'memory' } : momento(read),
    tableName: read.TABLE_NAME,
    quarantineQueueUrl: read.QUARANTINE_QUEUE_URL,
    auditQueueUrl: read.AUDIT_QUEUE_URL,
    auditShare: read.AUDIT_SHARE,
    auditDelay: seconds(read.AUDIT_DELAY_SECONDS),
  };
}

/**
 * Reads the table's name alone, for a function that has no cache and must not fail for the want of one.
 *
 * @throws {ConfigurationError} when there is none
 */
export function readTableName(variables: NodeJS.ProcessEnv): string {
  return requireTableName({ tableName: withoutEmpty(variables).TABLE_NAME });
}

/** @throws {ConfigurationError} when there is none */
export function requireTableName({ tableName }: Pick<Environment, 'tableName'>): string {
  if (tableName !== undefined) return tableName;
  throw new ConfigurationError('TABLE_NAME is missing: set it to the name or ARN of the DynamoDB table.');
}

/** @throws {ConfigurationError} when there is none */
export function requireAuditQueueUrl({ auditQueueUrl }: Environment): string {
  if (auditQueueUrl !== undefined) return auditQueueUrl;
  throw new ConfigurationError('AUDIT_QUEUE_URL is missing: set it to the URL of the audit queue.');
}

const STORES = ['momento', 'memory'] as const;

const optionalText = v.optional(v.string());

const numberBetween = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.transform(Number),
    v.check((value) => value >= least && value <= most, `is not a number from ${least} to ${most}`),
  );

const VariablesSchema = v.object({
  CACHE_STORE: v.optional(
    v.picklist(STORES, `is not a store that there is: set it to one of ${STORES.join(', ')}`),
    'momento',
  ),
  CACHE_NAME: v.optional(v.string(), 'dynamo-cache-sync'),
  CACHE_NAMESPACE: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9_.-]{1,64}$/, 'may hold 1 to 64 letters, digits, dots, dashes and underscores'),
    ),
    'cache',
  ),
  TABLE_NAME: optionalText,
  QUARANTINE_QUEUE_URL: v.optional(
    v.pipe(v.string(), v.url('is not a URL: set it to the URL of the quarantine queue')),
  ),
  AUDIT_QUEUE_URL: v.optional(v.pipe(v.string(), v.url('is not a URL: set it to the URL of the audit queue'))),
  AUDIT_SHARE: v.optional(numberBetween(0, 1), '0.01'),
  // The longest delay that SQS knows.
  AUDIT_DELAY_SECONDS: v.optional(numberBetween(1, 900), '60'),
  MOMENTO_API_KEY_SECRET_ID: optionalText,
  MOMENTO_API_KEY: optionalText,
  MOMENTO_ENDPOINT: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9.-]+(:\d{1,5})?$/, 'is neither host:port of a local server nor the host of a Momento region'),
    ),
  ),
});

/** A variable that a template sets to nothing is a variable that is not set. */
function withoutEmpty(variables: NodeJS.ProcessEnv): Record<string, string> {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) if (value !== undefined && value !== '') set[name] = value;
  return set;
}

function momento(read: v.InferOutput<typeof VariablesSchema>): CacheConfiguration {
  const { CACHE_NAME: cacheName, MOMENTO_ENDPOINT: endpoint, MOMENTO_API_KEY: apiKey } = read;
  const apiKeySecretId = read.MOMENTO_API_KEY_SECRET_ID;
  const isLocal = endpoint?.includes(':') === true;
  if (!isLocal && apiKey === undefined && apiKeySecretId === undefined) {
    throw new ConfigurationError(
      'MOMENTO_API_KEY_SECRET_ID is missing: set it to the secret that holds the Momento API key (on a laptop, ' +
        'set MOMENTO_API_KEY to the key itself, or MOMENTO_ENDPOINT to the host:port of a local server).',
    );
  }
  return { store: 'momento', cacheName, endpoint, apiKey, apiKeySecretId };
}
