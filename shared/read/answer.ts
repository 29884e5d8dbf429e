import { CorruptPayloadError } from '../entry/errors.ts';
import { decodePayload, type Payload, payloadToJson } from '../entry/payload.ts';
import type { JsonResult, ReadOutcome, ReadResult } from './outcome.ts';

/** An answer before it is shaped for its caller. */
export interface Answer {
  readonly outcome: ReadOutcome;
  /** The stored form; `undefined` where there is no item, and beside `unstorable`. */
  readonly payload: Payload | undefined;
  /** A projected value that cannot be stored, as it is. */
  readonly unstorable?: unknown;
}

/**
 * Where stored bytes become a value of the user's type again. They were made by the same version of the entity's own
 * `project` (the version is part of the key), which is all that the type can promise. Each caller gets a value of its
 * own, so that one who changes it changes nobody else's; a miss goes through the stored form too, so that it cannot
 * answer differently from the hit that follows it.
 *
 * @throws {CorruptPayloadError}
 */
export function decode<Value>({ outcome, payload, unstorable }: Answer): ReadResult<Value> {
  return { outcome, value: (payload === undefined ? unstorable : decodePayload(payload)) as Value | undefined };
}

/** @throws {CorruptPayloadError} */
export function toJson({ outcome, payload, unstorable }: Answer): JsonResult {
  return { outcome, json: payload === undefined ? JSON.stringify(unstorable) : payloadToJson(payload) };
}

/**
 * Shapes an answer; when its payload turns out to be corrupt, asks again in the way that checks payloads and treats
 * a corrupt one as a miss. A hit is not made to pay for that check.
 */
export function unlessCorrupt<From, Shape>(
  answer: From,
  shape: (from: From) => Shape,
  askAgain: () => Promise<From>,
): Shape | Promise<Shape> {
  try {
    return shape(answer);
  } catch (error) {
    if (!(error instanceof CorruptPayloadError)) throw error;
    return askAgain().then(shape);
  }
}

/** Whether a payload can be decoded. */
export function isIntact(payload: Payload): boolean {
  try {
    decodePayload(payload);
    return true;
  } catch {
    return false;
  }
}
