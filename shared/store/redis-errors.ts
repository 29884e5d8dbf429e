import { ErrorReply } from '@redis/client';
import { StoreError, StoreRejected, StoreThrottled, StoreUnavailable } from './errors.ts';

/**
 * What an error of the client or the server means for a caller of the store.
 *
 * Everything that is not known to be a refusal is {@link StoreUnavailable}: a connection that broke, a node that is
 * loading, failing over or no primary any more (LOADING, CLUSTERDOWN, MOVED, READONLY, …). Whether a write was applied
 * is then an open question, and the protocol allows for that.
 *
 * @param operation Store and operation, e.g. `redis.get`.
 */
export function toStoreError(operation: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const options = { cause: error };
  if (!(error instanceof ErrorReply)) {
    return new StoreUnavailable(operation, `not answered (${clientReason(error)})`, options);
  }
  const code = serverCode(error);
  if (code === 'OOM') {
    // Nothing was written, and there is room again when entries expire: to wait and repeat is what may help.
    return new StoreThrottled(operation, 'the server is out of memory (maxmemory): give it more', options);
  }
  if (DENIED.has(code) || /\bAUTH\b|invalid password/i.test(error.message)) {
    return new StoreRejected(operation, 'denied', `the credentials do not allow this (${code})`, options);
  }
  if (code === 'WRONGTYPE') {
    return new StoreRejected(operation, 'invalid', 'the key holds something that is no cache entry', options);
  }
  if (/string exceeds maximum|invalid bulk length/.test(error.message)) {
    return new StoreRejected(operation, 'too-large', 'the value is larger than the server accepts', options);
  }
  if (/^ERR (unknown command|wrong number|syntax|invalid|value is not)/i.test(error.message) || code === 'CROSSSLOT') {
    return new StoreRejected(operation, 'invalid', `the server refuses the request (${code})`, options);
  }
  return new StoreUnavailable(operation, `not answered (${code})`, options);
}

const DENIED: ReadonlySet<string> = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

/** The first word of the server's message: its text may repeat the key. The whole error is attached as the cause. */
const serverCode = (error: ErrorReply): string => error.message.match(/^-?([A-Z]+)\b/)?.[1] ?? 'unknown error';

function clientReason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
