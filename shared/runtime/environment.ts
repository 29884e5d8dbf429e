import * as v from 'valibot';
import { isNamespace } from '../map/cache-key.ts';
import { type Duration, seconds } from '../time.ts';
import { type CacheConfiguration, CacheVariables, cacheConfiguration } from './cache-environment.ts';
import { ConfigurationError } from './configuration-error.ts';

export type { CacheConfiguration } from './cache-environment.ts';
export { ConfigurationError } from './configuration-error.ts';

/** What the environment variables say, but for Powertools' own. Read once, here, when a function starts. */
export interface Environment {
  /** First part of every cache key: a new one is an empty cache. */
  readonly namespace: string;
  readonly cache: CacheConfiguration;
  /** The table; a function that reads it insists on it with `requireTableName`. */
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
    cache: cacheConfiguration(read),
    tableName: read.TABLE_NAME,
    quarantineQueueUrl: read.QUARANTINE_QUEUE_URL,
    auditQueueUrl: read.AUDIT_QUEUE_URL,
    auditShare: read.AUDIT_SHARE,
    auditDelay: seconds(read.AUDIT_DELAY_SECONDS),
  };
}

/** @throws {ConfigurationError} when there is none */
export function requireAuditQueueUrl({ auditQueueUrl }: Environment): string {
  if (auditQueueUrl !== undefined) return auditQueueUrl;
  throw new ConfigurationError('AUDIT_QUEUE_URL is missing: set it to the URL of the audit queue.');
}

const numberBetween = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.transform(Number),
    v.check((value) => value >= least && value <= most, `is not a number from ${least} to ${most}`),
  );

const VariablesSchema = v.object({
  ...CacheVariables,
  CACHE_NAMESPACE: v.optional(
    v.pipe(
      v.string(),
      v.check(
        isNamespace,
        'is not 1 to 64 letters, digits, dots, dashes and underscores, of which the first is a letter or digit',
      ),
    ),
    'cache',
  ),
  QUARANTINE_QUEUE_URL: v.optional(
    v.pipe(v.string(), v.url('is not a URL: set it to the URL of the quarantine queue')),
  ),
  AUDIT_QUEUE_URL: v.optional(v.pipe(v.string(), v.url('is not a URL: set it to the URL of the audit queue'))),
  AUDIT_SHARE: v.optional(numberBetween(0, 1), '0.01'),
  // The longest delay that SQS knows.
  AUDIT_DELAY_SECONDS: v.optional(numberBetween(1, 900), '60'),
});

/** A variable that a template sets to nothing is a variable that is not set. */
function withoutEmpty(variables: NodeJS.ProcessEnv): Record<string, string> {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) if (value !== undefined && value !== '') set[name] = value;
  return set;
}
