import { InvalidKeyError, InvalidNamespaceError, MapDefinitionError } from '../shared/map/errors.ts';
import { ConfigurationError } from '../shared/runtime/configuration-error.ts';
import { StoreError } from '../shared/store/errors.ts';
import { CheckpointError } from '../shared/warm/checkpoint.ts';

/** A command cannot be carried out as it was typed. The message is one sentence that says what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * What to tell whoever typed the command, in one sentence; `undefined` for what is nobody's mistake but ours, and has to
 * be shown whole.
 */
export function explain(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (OF_THE_USER.some((type) => error instanceof type)) return error.message;
  if (error instanceof StoreError) return `the cache failed: ${error.message}`;
  if (error.message === 'Region is missing') return 'AWS_REGION is missing: set it to the region of the table.';
  if (error.name === 'ResourceNotFoundException') {
    return 'The table is not there (TABLE_NAME, --table), or is in another region (AWS_REGION).';
  }
  if ('code' in error && error.code === 'ERR_INVALID_URL') {
    return 'AWS_ENDPOINT_URL, or one of the variables that begin with it, is not a URL: set it to http[s]://host[:port].';
  }
  if (isOfAws(error)) return `AWS answered ${error.name}: ${error.message}`;
  if (isOfTheNetwork(error)) return `AWS cannot be reached: ${error.message || error.code}`;
  return undefined;
}

const OF_THE_USER = [
  UsageError,
  CheckpointError,
  ConfigurationError,
  InvalidKeyError,
  InvalidNamespaceError,
  MapDefinitionError,
];

/** The SDK's own errors, and those of the service. */
function isOfAws(error: Error): boolean {
  return error.name === 'CredentialsProviderError' || '$fault' in error;
}

function isOfTheNetwork(error: Error): error is NodeJS.ErrnoException {
  return 'code' in error && ['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'ETIMEDOUT'].includes(String(error.code));
}
