import {
  checkedNonce,
  checkedTime,
  decodeFrame,
  encodeFrame,
  escapeText,
  type Foreign,
  NotOurs,
  payloadWords,
  stampWords,
  unescapeText,
} from './header.ts';
import type { Nonce } from './nonce.ts';
import type { Payload } from './payload.ts';

/** What all the pages of one parameter set of a collection hang on: pages of another generation are not valid. */
export interface Generation {
  readonly nonce: Nonce;
  /** Epoch milliseconds: since when it is current. */
  readonly at: number;
}

/** One page of a collection's result. */
export interface Page {
  /** Nonce of the generation that was current before the page's query ran. */
  readonly generation: Nonce;
  /** Nonce of the generation over the whole collection at that moment. */
  readonly epoch: Nonce;
  /** Epoch milliseconds: the clock just before the query. */
  readonly at: number;
  /** Opaque continuation; absent on the last page. */
  readonly cursor?: string;
  readonly payload: Payload;
}

/**
 * The bytes to store for a generation: `1 gen n=7f3a9c21d04be6aa at=1790000000123`.
 *
 * @throws {TypeError} for a nonce or time that could not be read back
 */
export const encodeGeneration = ({ nonce, at }: Generation): Uint8Array => encodeFrame(`gen ${stampWords(nonce, at)}`);

/** Reads a generation. Never throws: anything else is `foreign`. */
export function decodeGeneration(bytes: Uint8Array): Generation | Foreign {
  return decodeFrame(bytes, (frame) => {
    if (frame.kind !== 'gen') throw new NotOurs('unknown kind');
    return { nonce: frame.nonce('n'), at: frame.time('at') };
  });
}

/**
 * The bytes to store for a page: `1 page g=… e=… at=1790000000123 c=… f=json len=2`, then the payload.
 *
 * @throws {TypeError} for a nonce or time that could not be read back
 */
export function encodePage({ generation, epoch, at, cursor, payload }: Page): Uint8Array {
  const words = `page g=${checkedNonce(generation)} e=${checkedNonce(epoch)} at=${checkedTime(at)}`;
  const cursorWord = cursor === undefined ? '' : ` c=${escapeText(cursor)}`;
  return encodeFrame(`${words}${cursorWord} ${payloadWords(payload)}`, payload.body);
}

/** Reads a page. Never throws: anything else is `foreign`. The payload is a view into `bytes`. */
export function decodePage(bytes: Uint8Array): Page | Foreign {
  return decodeFrame(bytes, (frame) => {
    if (frame.kind !== 'page') throw new NotOurs('unknown kind');
    const generation = frame.nonce('g');
    const epoch = frame.nonce('e');
    const at = frame.time('at');
    const cursor = frame.optional('c');
    const page = { generation, epoch, at, payload: frame.payload() };
    return cursor === undefined ? page : { ...page, cursor: unescapeText(cursor) };
  });
}
