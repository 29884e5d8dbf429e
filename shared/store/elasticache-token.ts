import { SignatureV4 } from '@smithy/signature-v4';
import { minutes, systemClock } from '../time.ts';

/** What a token is signed with; the configuration of any AWS SDK client has all of it. */
export type TokenSigner = Pick<ConstructorParameters<typeof SignatureV4>[0], 'credentials' | 'region' | 'sha256'>;

export interface TokenRequest {
  /** User id and user name of an ElastiCache user whose authentication is IAM: the two must be the same. */
  readonly user: string;
  /** Name of the replication group or serverless cache. */
  readonly cacheName: string;
  readonly serverless: boolean;
  /** Epoch milliseconds; now if left out. */
  readonly at?: number;
}

/**
 * A password for ElastiCache: a presigned request to connect, without its scheme. ElastiCache takes it for a quarter
 * of an hour, and closes the connection that it opened after twelve: each connection needs a new one.
 *
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
 */
export async function elastiCacheToken(signer: TokenSigner, request: TokenRequest): Promise<string> {
  const { user, serverless, at = systemClock.now() } = request;
  // The signed host is the cache's name, not its address. Names of caches are in lower case.
  const hostname = request.cacheName.toLowerCase();
  const signature = new SignatureV4({ ...signer, service: 'elasticache' });
  const presigned = await signature.presign(
    {
      method: 'GET',
      protocol: 'http:',
      hostname,
      path: '/',
      query: { Action: 'connect', User: user, ...(serverless ? { ResourceType: 'ServerlessCache' } : {}) },
      headers: { host: hostname },
    },
    { expiresIn: TOKEN_SECONDS, signingDate: new Date(at) },
  );
  const query = Object.entries(presigned.query ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value ?? '')}`),
  );
  return `${hostname}/?${query.join('&')}`;
}

const TOKEN_SECONDS = minutes(15) / 1_000;
