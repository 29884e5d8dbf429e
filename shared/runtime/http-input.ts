import type { APIGatewayEventRequestContextV2, APIGatewayProxyEventV2WithRequestContext } from 'aws-lambda';
import * as v from 'valibot';
import { badRequest, type FieldError } from './problem.ts';

/** A request as API Gateway's HTTP API delivers it (payload format 2.0). */
export type HttpEvent = APIGatewayProxyEventV2WithRequestContext<
  APIGatewayEventRequestContextV2 & {
    /** There where the route has an authorizer. */
    readonly authorizer?: { readonly jwt?: { readonly claims: Readonly<Record<string, unknown>> } };
  }
>;

/** What a route takes of a request: an object of any of `path`, `query` and `body`. */
export type InputSchema = v.GenericSchema<unknown, object> & { readonly entries: { readonly [part: string]: unknown } };

export const hasBody = (schema: InputSchema): boolean => 'body' in schema.entries;

/**
 * Checks a request whose body has been parsed.
 *
 * @throws {Problem} 400 that names every field which is wrong
 */
export function readInput<Schema extends InputSchema>(schema: Schema, event: HttpEvent): v.InferOutput<Schema> {
  const result = v.safeParse(schema, {
    path: event.pathParameters ?? {},
    query: event.queryStringParameters ?? {},
    body: event.body,
  });
  if (result.success) return result.output;
  throw badRequest(...result.issues.slice(0, MOST_ERRORS).map(fieldError));
}

/** A list with a thousand bad entries is told of the first ones. */
const MOST_ERRORS = 20;

function fieldError(issue: v.BaseIssue<unknown>): FieldError {
  const [part, ...place] = issue.path?.map(({ key }) => String(key)) ?? [];
  const field = place.join('.') || part || 'request';
  if (issue.expected === 'never') return { field, message: 'is not a field of this request' };
  // A field that is not there is reported by the object around it, a list's by its own schema.
  return { field, message: issue.received === 'undefined' ? 'is missing' : issue.message };
}
