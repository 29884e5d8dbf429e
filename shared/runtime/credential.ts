import { CredentialProvider } from '@gomomento/sdk';
import type { MomentoConfiguration } from './cache-environment.ts';
import { ConfigurationError } from './configuration-error.ts';
import { readSecret, secretFields } from './secret.ts';

/**
 * The Momento credential that the environment asks for.
 *
 * - `MOMENTO_ENDPOINT` as `host:port`: a local, plaintext server; no key.
 * - else the key of `MOMENTO_API_KEY`, or of the secret `MOMENTO_API_KEY_SECRET_ID` (the bare key, or JSON with
 *   `apiKey` and `endpoint`). A v2 key needs the host of its region in `MOMENTO_ENDPOINT`; an older one carries it.
 *
 * @throws {ConfigurationError} when there is no usable key; its message never quotes the key
 */
export async function momentoCredential(configuration: MomentoConfiguration): Promise<CredentialProvider> {
  const [host = '', port] = configuration.endpoint?.split(':') ?? [];
  if (port !== undefined) return CredentialProvider.forMomentoLocal({ hostname: host, port: Number(port) });

  const { apiKey, endpoint = configuration.endpoint } = await readKey(configuration);
  try {
    return endpoint === undefined
      ? CredentialProvider.fromString({ apiKey })
      : CredentialProvider.fromApiKeyV2({ apiKey, endpoint });
  } catch {
    throw new ConfigurationError(
      `${sourceOf(configuration)} does not hold a Momento API key that can be used` +
        `${endpoint === undefined ? ': a v2 key also needs MOMENTO_ENDPOINT, the host of its region' : ''}.`,
    );
  }
}

interface Key {
  readonly apiKey: string;
  readonly endpoint?: string | undefined;
}

async function readKey(configuration: MomentoConfiguration): Promise<Key> {
  const { apiKey, apiKeySecretId } = configuration;
  if (apiKey !== undefined) return { apiKey };
  const secret = await readSecret('MOMENTO_API_KEY_SECRET_ID', apiKeySecretId ?? '', SECRET_MAX_AGE);
  return parseSecret(secret);
}

/** Seconds. The connection that the key opens is kept for the life of the process, so the key is read once. */
const SECRET_MAX_AGE = 3_600;

/** A secret is the bare key, or holds it beside the host of its region. */
export function parseSecret(text: string): Key {
  const { apiKey = '', endpoint } = secretFields(text, 'apiKey');
  return { apiKey, endpoint };
}

function sourceOf({ apiKey }: MomentoConfiguration): string {
  return apiKey === undefined ? 'The secret of MOMENTO_API_KEY_SECRET_ID' : 'MOMENTO_API_KEY';
}
