import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../../../shared/runtime/environment.ts';
import { redisCredentials } from '../../../shared/runtime/redis-credentials.ts';

describe('credentials of the Redis store', () => {
  const secrets = mockClient(SecretsManagerClient);

  beforeEach(() => {
    secrets.reset();
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'made-up');
  });

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  /** A secret of a name of its own, since secrets are remembered for a while. */
  function ofSecret(secret: string) {
    const secretId = `secret-${Math.random()}`;
    secrets.on(GetSecretValueCommand, { SecretId: secretId }).resolves({ SecretString: secret });
    return redisCredentials({ store: 'redis', url: 'rediss://cache', credentials: { kind: 'secret', secretId } });
  }

  it('are the URL’s own where nothing else is said', () => {
    expect(redisCredentials({ store: 'redis', url: 'redis://cache', credentials: { kind: 'url' } })).toBeUndefined();
  });

  it('are a secret that is the bare password, or user and password', async () => {
    expect(await ofSecret('sesame\n')?.()).toEqual({ password: 'sesame' });
    expect(await ofSecret('{"username":"lambda","password":"sesame"}')?.()).toEqual({
      username: 'lambda',
      password: 'sesame',
    });
  });

  it('are refused where the secret holds no password, without quoting it', async () => {
    for (const secret of ['', '{}', '{"password":""}', '{"passwort":"hunter2"}', '{hunter2']) {
      await expect(ofSecret(secret)?.(), secret).rejects.toThrow(ConfigurationError);
      await expect(ofSecret(secret)?.(), secret).rejects.not.toThrow(/hunter2/);
    }
  });

  it('name the variable where the secret cannot be read', async () => {
    secrets.on(GetSecretValueCommand).rejects(new Error('AccessDenied'));
    const credentials = redisCredentials({
      store: 'redis',
      url: 'rediss://cache',
      credentials: { kind: 'secret', secretId: 'forbidden' },
    });

    await expect(credentials?.()).rejects.toThrow(/^REDIS_PASSWORD_SECRET_ID names a secret that cannot be read/);
  });

  it('are a token signed with the function’s own credentials, for the cache’s region', async () => {
    const identity = { kind: 'iam', user: 'lambda', cacheName: 'users', serverless: true } as const;
    const credentials = redisCredentials({ store: 'redis', url: 'rediss://cache', credentials: identity });

    const { username, password } = (await credentials?.()) ?? {};
    expect(username).toBe('lambda');
    expect(password).toMatch(/^users\/\?Action=connect&User=lambda&ResourceType=ServerlessCache&/);
    expect(password).toContain('AKIDEXAMPLE');
    expect(password).toContain(encodeURIComponent('/eu-central-1/elasticache/aws4_request'));
  });
});
