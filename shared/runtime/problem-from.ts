import { badRequest, busy, Problem } from './problem.ts';

/**
 * The problem that an error is to whoever sent the request.
 *
 * @returns a 500 that says nothing of the error, for what is neither the caller's mistake nor a passing state
 */
export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { name, statusCode } = traits(error);
  // The body parser's: 415 and 422. A body that is not JSON is a malformed request, as a wrong field is.
  if (statusCode === 415) {
    const errors = [{ field: 'content-type', message: 'must be application/json' }];
    return new Problem(415, 'The body must be JSON, and the content-type must say so.', { errors });
  }
  if (statusCode === 422) return badRequest({ field: 'body', message: 'is not valid JSON' });
  if (BUSY.has(name)) return busy();
  if (name === 'TimeoutError') {
    return new Problem(504, 'The answer took too long. A change may or may not have been made.');
  }
  return new Problem(500, 'Something went wrong here; the request was not at fault.');
}

/**
 * DynamoDB's (and the reader's) names for a moment of too much traffic, of another transaction on the same items, or
 * of trouble on its side. The SDK has tried again before any of them arrives here.
 */
const BUSY: ReadonlySet<string> = new Set([
  'InternalServerError',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'TableBusy',
  'ThrottlingException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);

/** By name, since these errors come from libraries that this module need not load. */
function traits(error: unknown): { readonly name: string; readonly statusCode?: unknown } {
  if (!(error instanceof Error)) return { name: '' };
  return { name: error.name, ...('statusCode' in error && { statusCode: error.statusCode }) };
}
