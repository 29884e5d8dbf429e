import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { type StoreError, StoreRejected, StoreThrottled, StoreUnavailable } from './errors.ts';

/**
 * What an error of the SDK means for a caller of the store.
 *
 * Everything that is not known to be a refusal is {@link StoreUnavailable}: whether the write was applied is then an
 * open question, and the protocol allows for that.
 *
 * @param operation Store and operation, e.g. `dynamodb.get`.
 */
export function toStoreError(operation: string, error: unknown): StoreError {
  const options = { cause: error };
  const name = error instanceof Error ? error.name : 'unknown reason';
  if (THROTTLED.has(name)) {
    return new StoreThrottled(operation, `the table asks for less traffic (${name})`, options);
  }
  if (DENIED.has(name)) {
    return new StoreRejected(operation, 'denied', `the credentials do not allow this (${name})`, options);
  }
  if (name === 'ResourceNotFoundException') {
    return new StoreRejected(operation, 'not-found', 'there is no such table: create it or correct its name', options);
  }
  if (name === 'ValidationException' && error instanceof DynamoDBServiceException) {
    return /size has exceeded|exceeded the maximum allowed size|too large/i.test(error.message)
      ? new StoreRejected(operation, 'too-large', 'the item is larger than the table accepts', options)
      : new StoreRejected(operation, 'invalid', 'the table refuses the request (ValidationException)', options);
  }
  return new StoreUnavailable(operation, `not answered (${name})`, options);
}

const THROTTLED: ReadonlySet<string> = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

const DENIED: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'CredentialsProviderError',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
]);
