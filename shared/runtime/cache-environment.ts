import * as v from 'valibot';
import { parseRedisUrl } from '../store/redis-url.ts';
import { ConfigurationError } from './configuration-error.ts';

/** Where the cache is. */
export type CacheConfiguration =
  | { readonly store: 'memory' }
  | MomentoConfiguration
  | RedisConfiguration
  | { readonly store: 'dynamodb'; readonly tableName: string };

export interface MomentoConfiguration {
  readonly store: 'momento';
  readonly cacheName: string;
  /** `host:port` of a local, plaintext server, or the host of a Momento region that a v2 API key belongs to. */
  readonly endpoint: string | undefined;
  readonly apiKey: string | undefined;
  /** Name or ARN of the secret that holds the API key. */
  readonly apiKeySecretId: string | undefined;
}

export interface RedisConfiguration {
  readonly store: 'redis';
  readonly url: string;
  /** Instead of what the URL says of user and password, if anything. */
  readonly credentials:
    | { readonly kind: 'url' }
    /** Name or ARN of the secret that holds the password, or user and password. */
    | { readonly kind: 'secret'; readonly secretId: string }
    | ElastiCacheIdentity;
}

/** An ElastiCache user that signs in with IAM. */
export interface ElastiCacheIdentity {
  readonly kind: 'iam';
  readonly user: string;
  /** Name of the replication group or serverless cache, for which tokens are signed. */
  readonly cacheName: string;
  readonly serverless: boolean;
}

const STORES = ['momento', 'redis', 'dynamodb', 'memory'] as const;

const optionalText = v.optional(v.string());

/** The variables that say where the cache is. */
export const CacheVariables = {
  CACHE_STORE: v.optional(
    v.picklist(STORES, `is not a store that there is: set it to one of ${STORES.join(', ')}`),
    'momento',
  ),
  CACHE_NAME: optionalText,
  MOMENTO_API_KEY_SECRET_ID: optionalText,
  MOMENTO_API_KEY: optionalText,
  MOMENTO_ENDPOINT: v.optional(
    v.pipe(v.string(), v.check(isEndpoint, 'is neither host:port of a local server nor the host of a Momento region')),
  ),
  REDIS_URL: v.optional(
    v.pipe(
      v.string(),
      v.check(isRedisUrl, 'is not of the form redis[s]://[[user]:password@]host[:port][/database] (rediss is TLS)'),
    ),
  ),
  REDIS_PASSWORD_SECRET_ID: optionalText,
  REDIS_IAM_USER: optionalText,
  TABLE_NAME: optionalText,
};

const CacheVariablesSchema = v.object(CacheVariables);

/** What {@link CacheVariables} allow. */
export type CacheSettings = v.InferOutput<typeof CacheVariablesSchema>;

/**
 * Where the cache is, by variables each of which is right for itself.
 *
 * @throws {ConfigurationError} that names the variable which is missing or does not fit the others
 */
export function cacheConfiguration(settings: CacheSettings): CacheConfiguration {
  switch (settings.CACHE_STORE) {
    case 'momento':
      return momento(settings);
    case 'redis':
      return redis(settings);
    case 'dynamodb':
      return dynamodb(settings);
    case 'memory':
      return { store: 'memory' };
  }
}

const DEFAULT_CACHE_NAME = 'dynamo-cache-sync';

function momento(settings: CacheSettings): MomentoConfiguration {
  const { CACHE_NAME: cacheName = DEFAULT_CACHE_NAME, MOMENTO_ENDPOINT: endpoint, MOMENTO_API_KEY: apiKey } = settings;
  const apiKeySecretId = settings.MOMENTO_API_KEY_SECRET_ID;
  const isLocal = endpoint?.includes(':') === true;
  if (!isLocal && apiKey === undefined && apiKeySecretId === undefined) {
    throw new ConfigurationError(
      'MOMENTO_API_KEY_SECRET_ID is missing: set it to the secret that holds the Momento API key (on a laptop, ' +
        'set MOMENTO_API_KEY to the key itself, or MOMENTO_ENDPOINT to the host:port of a local server).',
    );
  }
  return { store: 'momento', cacheName, endpoint, apiKey, apiKeySecretId };
}

function redis(settings: CacheSettings): RedisConfiguration {
  const { REDIS_URL: url, REDIS_PASSWORD_SECRET_ID: secretId, REDIS_IAM_USER: user } = settings;
  if (url === undefined) {
    throw new ConfigurationError(
      'REDIS_URL is missing: set it to redis[s]://host[:port] of the primary, or of the configuration endpoint of a ' +
        'cluster (rediss is TLS).',
    );
  }
  if (user === undefined) {
    return {
      store: 'redis',
      url,
      credentials: secretId === undefined ? { kind: 'url' } : { kind: 'secret', secretId },
    };
  }
  if (secretId !== undefined) {
    throw new ConfigurationError('REDIS_IAM_USER and REDIS_PASSWORD_SECRET_ID are both set: leave one of them out.');
  }
  return { store: 'redis', url, credentials: elastiCacheIdentity(user, url, settings.CACHE_NAME) };
}

function elastiCacheIdentity(user: string, url: string, cacheName: string | undefined): ElastiCacheIdentity {
  const { host, tls } = parseRedisUrl(url);
  if (!tls) {
    throw new ConfigurationError(
      'REDIS_URL begins with redis:// but ElastiCache takes the IAM tokens of REDIS_IAM_USER over TLS only: set it to ' +
        'rediss://…',
    );
  }
  if (cacheName === undefined) {
    throw new ConfigurationError(
      'CACHE_NAME is missing: set it to the name of the ElastiCache replication group or serverless cache, for which ' +
        'the IAM tokens of REDIS_IAM_USER are signed.',
    );
  }
  return { kind: 'iam', user, cacheName, serverless: host.includes('.serverless.') };
}

function dynamodb({ CACHE_NAME: tableName = DEFAULT_CACHE_NAME, TABLE_NAME: cachedTable }: CacheSettings) {
  // Its items would be overwritten, and each write would make an event that makes a write.
  if (tableName === cachedTable || cachedTable?.endsWith(`:table/${tableName}`)) {
    throw new ConfigurationError(
      'CACHE_NAME names the table that is cached (TABLE_NAME): set it to a table of its own, which holds nothing else.',
    );
  }
  return { store: 'dynamodb' as const, tableName };
}

function isRedisUrl(text: string): boolean {
  try {
    parseRedisUrl(text);
    return true;
  } catch {
    return false;
  }
}

function isEndpoint(text: string): boolean {
  const port = /^[A-Za-z0-9.-]+(?::(\d{1,5}))?$/.exec(text);
  return port !== null && Number(port[1] ?? 1) >= 1 && Number(port[1] ?? 1) <= 65_535;
}
