import { MomentoErrorCode, type SdkError } from '@gomomento/sdk';
import { type StoreError, StoreRejected, StoreThrottled, StoreUnavailable } from './errors.ts';

/**
 * What an SDK error means for a caller of the store.
 *
 * Everything that is not known to be a refusal is {@link StoreUnavailable}: whether the write was applied is then an
 * open question, and the protocol allows for that, while taking a lost answer for a refusal would lose a change.
 *
 * @param operation Store and operation, e.g. `momento.get`.
 */
export function toStoreError(operation: string, error: SdkError): StoreError {
  const options = { cause: error };
  switch (error.errorCode()) {
    case MomentoErrorCode.LIMIT_EXCEEDED_ERROR:
      return isAboutSize(error)
        ? new StoreRejected(operation, 'too-large', 'the item is larger than the cache accepts', options)
        : new StoreThrottled(operation, `the service asks for less traffic (${reason(error)})`, options);
    case MomentoErrorCode.INVALID_ARGUMENT_ERROR:
    case MomentoErrorCode.BAD_REQUEST_ERROR:
    case MomentoErrorCode.FAILED_PRECONDITION_ERROR:
      return isAboutSize(error)
        ? new StoreRejected(operation, 'too-large', 'the item is larger than the cache accepts', options)
        : new StoreRejected(operation, 'invalid', `the service refuses the request (${reason(error)})`, options);
    case MomentoErrorCode.CACHE_NOT_FOUND_ERROR:
      return new StoreRejected(
        operation,
        'not-found',
        'there is no such cache: create it or correct its name',
        options,
      );
    case MomentoErrorCode.AUTHENTICATION_ERROR:
    case MomentoErrorCode.PERMISSION_ERROR:
      return new StoreRejected(operation, 'denied', `the credentials do not allow this (${reason(error)})`, options);
    default:
      return new StoreUnavailable(operation, `not answered (${reason(error)})`, options);
  }
}

/** The service's own code only: its text may repeat the key. The whole error is attached as the cause. */
const reason = (error: SdkError): string => error.errorCode();

/**
 * A limit on size comes with the same status as one on traffic (RESOURCE_EXHAUSTED), but repeating the request later
 * would never help. The service names the cause in a trailer, which has to be read here: SDK 1.118 means to take its
 * message from it, but does so before it has it. gRPC itself says "larger than max" when a message exceeds its limit.
 */
const isAboutSize = (error: SdkError): boolean =>
  /size_limit_exceeded/.test(trailer(error)) || /size limit|larger than max|too large/i.test(error.message);

function trailer(error: SdkError): string {
  const { metadata } = error.transportDetails().grpc;
  if (metadata === undefined || !('get' in metadata) || typeof metadata.get !== 'function') return '';
  return String(metadata.get('err'));
}
