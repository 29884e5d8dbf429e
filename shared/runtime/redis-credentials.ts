import type { RedisCredentials } from '../store/redis-client.ts';
import type { ElastiCacheIdentity, RedisConfiguration } from './cache-environment.ts';
import { ConfigurationError } from './configuration-error.ts';
import { readSecret, secretFields } from './secret.ts';

/**
 * Where the Redis store gets user and password for each of its connections; `undefined` where the URL says all.
 *
 * The function throws {@link ConfigurationError} when there is no usable password; its message never quotes one.
 */
export function redisCredentials({ credentials }: RedisConfiguration): (() => Promise<RedisCredentials>) | undefined {
  switch (credentials.kind) {
    case 'url':
      return undefined;
    case 'secret':
      return () => fromSecret(credentials.secretId);
    case 'iam':
      return () => fromIdentity(credentials);
  }
}

async function fromSecret(secretId: string): Promise<RedisCredentials> {
  const variable = 'REDIS_PASSWORD_SECRET_ID';
  const { password, username } = secretFields(await readSecret(variable, secretId, SECRET_MAX_AGE), 'password');
  if (password === undefined || password === '') {
    throw new ConfigurationError(
      `The secret of ${variable} holds no password: store the bare password, or JSON with password and username.`,
    );
  }
  return { password, ...(username === undefined ? {} : { username }) };
}

/** Seconds. Short, so that the connection that follows a rotation has the new password. */
const SECRET_MAX_AGE = 10;

async function fromIdentity(identity: ElastiCacheIdentity): Promise<RedisCredentials> {
  // Only a function that signs in with IAM pays for the signing.
  const [{ elastiCacheToken }, { DynamoDBClient }] = await Promise.all([
    import('../store/elasticache-token.ts'),
    import('@aws-sdk/client-dynamodb'),
  ]);
  // Every function has this client; what it knows of region and credentials is what the token is signed with.
  const { config } = new DynamoDBClient({});
  return { username: identity.user, password: await elastiCacheToken(config, identity) };
}
