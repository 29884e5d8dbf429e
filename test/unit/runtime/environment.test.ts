import { describe, expect, it } from 'vitest';
import { entryKey } from '../../../shared/map/cache-key.ts';
import { entity } from '../../../shared/map/entity.ts';
import { momentoCredential, parseSecret } from '../../../shared/runtime/credential.ts';
import { ConfigurationError, readEnvironment, requireAuditQueueUrl } from '../../../shared/runtime/environment.ts';
import { requireTableName } from '../../../shared/runtime/table-name.ts';
import { hours, minutes } from '../../../shared/time.ts';

const LOCAL = { MOMENTO_ENDPOINT: 'localhost:8080' };

describe('the environment of a function', () => {
  it('needs nothing but a way to the cache', () => {
    expect(readEnvironment(LOCAL)).toMatchObject({
      namespace: 'cache',
      cache: { store: 'momento', cacheName: 'dynamo-cache-sync', endpoint: 'localhost:8080' },
      tableName: undefined,
      quarantineQueueUrl: undefined,
      auditQueueUrl: undefined,
      auditDelay: minutes(1),
    });
  });

  it.each([
    ['a secret', { MOMENTO_API_KEY_SECRET_ID: 'momento/key' }, { apiKeySecretId: 'momento/key' }],
    ['a key', { MOMENTO_API_KEY: 'key' }, { apiKey: 'key' }],
    ['a local server', LOCAL, { endpoint: 'localhost:8080' }],
    ['a local server on a container host', { MOMENTO_ENDPOINT: 'momento-local.internal:1' }, {}],
  ])('reaches Momento by %s', (_, variables, cache) => {
    expect(readEnvironment(variables).cache).toMatchObject({ store: 'momento', ...cache });
  });

  it('takes a variable that a template sets to nothing for one that is not set', () => {
    const empty = { CACHE_NAME: '', CACHE_STORE: '', TABLE_NAME: '', QUARANTINE_QUEUE_URL: '', AUDIT_SHARE: '' };

    expect(readEnvironment({ ...LOCAL, ...empty })).toEqual(readEnvironment(LOCAL));
  });

  it('knows nothing of other variables', () => {
    expect(readEnvironment({ ...LOCAL, PATH: '/bin', AWS_REGION: 'x' })).toEqual(readEnvironment(LOCAL));
  });

  it.each(['a', '0', 'prod.eu-1_blue', 'x'.repeat(64)])(
    'accepts only namespaces that cache keys accept: %s',
    (text) => {
      const { namespace } = readEnvironment({ ...LOCAL, CACHE_NAMESPACE: text });
      const user = entity('user', { key: { PK: '{name}' }, onChange: 'refresh', ttl: hours(1) });

      expect(entryKey(namespace, user, { PK: 'x' })).toContain(text);
    },
  );
});

describe('a misconfiguration is told in one sentence that names the variable', () => {
  it.each([
    ['no way to the cache', {}, 'MOMENTO_API_KEY_SECRET_ID'],
    ['a region without a key', { MOMENTO_ENDPOINT: 'cell-1.prod.example.com' }, 'MOMENTO_API_KEY_SECRET_ID'],
    ['a store that there is not', { CACHE_STORE: 'memcached' }, 'CACHE_STORE'],
    ['an endpoint with a scheme', { MOMENTO_ENDPOINT: 'http://localhost:8080' }, 'MOMENTO_ENDPOINT'],
    ['an endpoint with a path', { MOMENTO_ENDPOINT: 'localhost:8080/' }, 'MOMENTO_ENDPOINT'],
    ['an endpoint whose port is none', { MOMENTO_ENDPOINT: 'localhost:0' }, 'MOMENTO_ENDPOINT'],
    ['an endpoint whose port is too large', { MOMENTO_ENDPOINT: 'localhost:65536' }, 'MOMENTO_ENDPOINT'],
    ['an endpoint whose port is a word', { MOMENTO_ENDPOINT: 'localhost:http' }, 'MOMENTO_ENDPOINT'],
    ['a namespace with a separator', { ...LOCAL, CACHE_NAMESPACE: 'a:b' }, 'CACHE_NAMESPACE'],
    ['a namespace with a space', { ...LOCAL, CACHE_NAMESPACE: 'a b' }, 'CACHE_NAMESPACE'],
    ['a namespace that begins with a dash', { ...LOCAL, CACHE_NAMESPACE: '-a' }, 'CACHE_NAMESPACE'],
    ['a namespace that is too long', { ...LOCAL, CACHE_NAMESPACE: 'x'.repeat(65) }, 'CACHE_NAMESPACE'],
    ['a quarantine queue that is a name', { ...LOCAL, QUARANTINE_QUEUE_URL: 'quarantine' }, 'QUARANTINE_QUEUE_URL'],
    ['an audit queue that is a name', { ...LOCAL, AUDIT_QUEUE_URL: 'audit' }, 'AUDIT_QUEUE_URL'],
    ['a share in percent', { ...LOCAL, AUDIT_SHARE: '5%' }, 'AUDIT_SHARE'],
    ['a share of more than all', { ...LOCAL, AUDIT_SHARE: '2' }, 'AUDIT_SHARE'],
    ['a delay that SQS does not know', { ...LOCAL, AUDIT_DELAY_SECONDS: '901' }, 'AUDIT_DELAY_SECONDS'],
    ['a delay that is no number', { ...LOCAL, AUDIT_DELAY_SECONDS: 'soon' }, 'AUDIT_DELAY_SECONDS'],
  ])('%s', (_, variables, name) => {
    expect(() => readEnvironment(variables)).toThrow(ConfigurationError);
    expect(() => readEnvironment(variables)).toThrow(sentenceAbout(name));
  });
  it('a function that reads the table without one', () => {
    expect(() => requireTableName(readEnvironment(LOCAL).tableName)).toThrow(sentenceAbout('TABLE_NAME'));
    expect(requireTableName(readEnvironment({ ...LOCAL, TABLE_NAME: 'app' }).tableName)).toBe('app');
  });

  it('a function that audits without a queue', () => {
    expect(() => requireAuditQueueUrl(readEnvironment(LOCAL))).toThrow(sentenceAbout('AUDIT_QUEUE_URL'));
  });

  it.each([
    ['a key that is none', { apiKey: 'hunter2' }],
    ['a v2 key without the host of its region', { apiKey: 'hunter2.hunter2.hunter2' }],
  ])('%s, which is not quoted', async (_, { apiKey }) => {
    const configuration = {
      store: 'momento',
      cacheName: 'x',
      endpoint: undefined,
      apiKey,
      apiKeySecretId: undefined,
    } as const;
    const failure = await momentoCredential(configuration).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(ConfigurationError);
    expect(String(failure)).toMatch(/MOMENTO_API_KEY .*MOMENTO_ENDPOINT/);
    expect(String(failure)).not.toContain('hunter2');
  });
});

describe('a secret', () => {
  it.each([
    ['the bare key', ' key\n', { apiKey: 'key' }],
    ['JSON with the key', '{"apiKey":"key"}', { apiKey: 'key' }],
    ['JSON with the key and its endpoint', '{"apiKey":"key","endpoint":"cell"}', { apiKey: 'key', endpoint: 'cell' }],
    ['JSON without a key, which is then found to be no key', '{"key":"key"}', { apiKey: '' }],
    ['something that only looks like JSON', '{key', { apiKey: '' }],
  ])('may be %s', (_, text, key) => {
    expect(parseSecret(text)).toMatchObject(key);
  });
});

/** Begins with the variable, ends with the only full stop. */
function sentenceAbout(name: string): RegExp {
  return new RegExp(`^${name} [^\\n]*[^.]\\.$`);
}
