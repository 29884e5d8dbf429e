import { ConfigurationError } from './configuration-error.ts';

/**
 * The text of a secret in Secrets Manager.
 *
 * @param variable name of the environment variable that names the secret
 * @param maxAge seconds for which it need not be read again
 * @throws {ConfigurationError} when it cannot be read
 */
export async function readSecret(variable: string, id: string, maxAge: number): Promise<string> {
  // Only a function that uses a secret pays for the client that reads it.
  const { getSecret } = await import('@aws-lambda-powertools/parameters/secrets');
  let secret: string | Uint8Array | undefined;
  try {
    secret = await getSecret(id, { maxAge });
  } catch (cause) {
    throw new ConfigurationError(
      `${variable} names a secret that cannot be read: check its name and the function’s permission.`,
      { cause },
    );
  }
  return typeof secret === 'string' ? secret : Buffer.from(secret ?? []).toString();
}

/**
 * The fields of a secret, which is one bare text or the JSON object that the Secrets Manager console makes of
 * key/value pairs.
 *
 * @param bare the field that a bare text stands for
 */
export function secretFields(text: string, bare: string): Partial<Record<string, string>> {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return { [bare]: trimmed };
  try {
    return JSON.parse(trimmed);
  } catch {
    return {};
  }
}
