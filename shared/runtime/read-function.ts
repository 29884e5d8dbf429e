import type { InferOutput } from 'valibot';
import { InvalidKeyError } from '../map/errors.ts';
import { InvalidCursorError } from '../read/cursor.ts';
import type { JsonResult, PageJsonResult, ReadOutcome } from '../read/outcome.ts';
import type { Reader } from '../read/reader.ts';
import { type HttpAnswer, jsonAnswer } from './http-answer.ts';
import type { HttpEvent, InputSchema } from './http-input.ts';
import { httpFunction } from './http-stack.ts';
import { badRequest, notFound } from './problem.ts';
import { connectReader } from './reader.ts';

/**
 * Makes a Lambda handler for a route that reads through the cache: {@link httpFunction} with this process's reader.
 *
 * @throws {ConfigurationError} when the environment lacks something: the function then fails at its start
 */
export async function readFunction<Schema extends InputSchema>(
  input: Schema,
  read: (reader: Reader, input: InferOutput<Schema>, event: HttpEvent) => Promise<HttpAnswer>,
) {
  const reader = await connectReader();
  return httpFunction(input, async (values, event) => {
    try {
      return await read(reader, values, event);
    } catch (error) {
      throw callersMistake(error, event) ?? error;
    }
  });
}

/**
 * The answer for one item: its JSON as it is in the cache.
 *
 * @param what the item, for the 404: `user`
 * @throws {Problem} 404 when there is none
 */
export function itemAnswer({ json, outcome }: JsonResult, what: string): HttpAnswer {
  if (json === undefined) throw notFound(`There is no such ${what}.`, { headers: cacheHeader(outcome) });
  return jsonAnswer(200, json, cacheHeader(outcome));
}

/** The answer for a page: `{ "items": [...], "cursor": "..." }`, without `cursor` on the last page. */
export function pageAnswer({ json, cursor, outcome }: PageJsonResult): HttpAnswer {
  const next = cursor === undefined ? '' : `,"cursor":${JSON.stringify(cursor)}`;
  return jsonAnswer(200, `{"items":${json}${next}}`, cacheHeader(outcome));
}

/** Tells where an answer came from. */
export const cacheHeader = (outcome: ReadOutcome): Readonly<Record<string, string>> => ({ 'x-cache': outcome });

/** A key that cannot be, or a cursor that was made up. */
function callersMistake(error: unknown, event: HttpEvent): Error | undefined {
  if (error instanceof InvalidKeyError) {
    return badRequest({ field: error.parameter ?? 'path', message: 'cannot be part of a key' });
  }
  const madeUp = badRequest({ field: 'cursor', message: 'is not one that this list gave out' });
  if (error instanceof InvalidCursorError) return madeUp;
  // Well-formed, but of another list: DynamoDB refuses a start key outside of the query's boundaries.
  const isRefused = error instanceof Error && error.name === 'ValidationException';
  return isRefused && event.queryStringParameters?.cursor !== undefined ? madeUp : undefined;
}
