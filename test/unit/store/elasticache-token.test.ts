import { createHash, createHmac } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { elastiCacheToken } from '../../../shared/store/elasticache-token.ts';

const AT = Date.UTC(2026, 10, 20, 10, 30);

describe('ElastiCache token', () => {
  const credentials = {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'made+up/secret',
    sessionToken: 'made+up/session==',
  };
  const { config: signer } = new DynamoDBClient({ region: 'eu-central-1', credentials });

  const token = (request: Partial<Parameters<typeof elastiCacheToken>[1]> = {}) =>
    elastiCacheToken(signer, { user: 'lambda-user', cacheName: 'users', serverless: false, at: AT, ...request });

  it('is a presigned request to connect, without its scheme, good for a quarter of an hour', async () => {
    const url = new URL(`http://${await token()}`);

    expect(url.host).toBe('users');
    expect(url.pathname).toBe('/');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'connect',
      User: 'lambda-user',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIDEXAMPLE/20261120/eu-central-1/elasticache/aws4_request',
      'X-Amz-Date': '20261120T103000Z',
      'X-Amz-Expires': '900',
      'X-Amz-Security-Token': 'made+up/session==',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('carries the signature that the specification of Signature Version 4 asks for', async () => {
    const { searchParams } = new URL(`http://${await token({ serverless: true })}`);
    const signature = searchParams.get('X-Amz-Signature');
    searchParams.delete('X-Amz-Signature');

    const query = [...searchParams]
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .sort()
      .join('&');
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
    const canonical = ['GET', '/', query, 'host:users', '', 'host', hash('')].join('\n');
    const scope = '20261120/eu-central-1/elasticache/aws4_request';
    const toSign = ['AWS4-HMAC-SHA256', '20261120T103000Z', scope, hash(canonical)].join('\n');
    const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);

    expect(signature).toBe(hmac(key, toSign).toString('hex'));
  });

  it('says so for a serverless cache', async () => {
    expect(await token({ serverless: true })).toContain('&ResourceType=ServerlessCache&');
    expect(await token({ serverless: false })).not.toContain('ResourceType');
  });

  it('names the cache in lower case, as ElastiCache does', async () => {
    expect(await token({ cacheName: 'Users' })).toMatch(/^users\//);
  });
});
