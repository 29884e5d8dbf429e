import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy, { type MiddlewareObj } from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { InferOutput } from 'valibot';
import { describeError } from './describe-error.ts';
import type { HttpAnswer } from './http-answer.ts';
import { type HttpEvent, hasBody, type InputSchema, readInput } from './http-input.ts';
import { addMetric, metricsOutput } from './metrics.ts';
import { logger } from './powertools.ts';
import { Problem, problemAnswer } from './problem.ts';
import { problemFrom } from './problem-from.ts';
import { tracing } from './tracing.ts';

/**
 * Makes a Lambda handler for one route of an HTTP API.
 *
 * In two rings: the inner one answers, always; the outer one observes answers. A caller's mistake is an answer like
 * another and no fault in a trace, and nothing that the inner ring throws can keep the outer one from its work.
 *
 * @param input what the route takes: an object schema of any of `path`, `query` and `body`
 * @param handle makes the answer; what it throws becomes a problem document
 * @example
 * ```ts
 * const Input = v.object({ path: v.object({ username: Name }) });
 * export const handler = await httpFunction(Input, async ({ path }) => ok({ hello: path.username }));
 * ```
 */
export async function httpFunction<Schema extends InputSchema>(
  input: Schema,
  handle: (input: InferOutput<Schema>, event: HttpEvent) => Promise<HttpAnswer>,
) {
  const answer = middy<HttpEvent, HttpAnswer>({ timeoutEarlyInMillis: TIME_TO_ANSWER_MS })
    .use(hasBody(input) ? [httpJsonBodyParser()] : [])
    .onError(({ error, event }) => problemAnswer(reported(error, event)))
    .handler(async (event: HttpEvent) => handle(readInput(input, event), event));

  return middy<HttpEvent, HttpAnswer>({ timeoutEarlyInMillis: 0 })
    .use(await tracing())
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(metricsOutput())
    .use(correlation)
    .use(counting)
    .handler((event: HttpEvent, context) => answer(event, context));
}

/** What is left of the function's timeout for the answer that it timed out, and for logs and metrics. */
const TIME_TO_ANSWER_MS = 100;

/** Callers can give a request an id that is theirs; any other text stays out of logs and headers. */
const CORRELATION_ID = /^[\w.:=@-]{1,128}$/;

function correlationId({ headers, requestContext }: HttpEvent): string {
  const given = headers['x-correlation-id'];
  return given !== undefined && CORRELATION_ID.test(given) ? given : requestContext.requestId;
}

/** A real fault is logged here with all that is known, and answered with nothing but the id to find it by. */
function reported(error: unknown, event: HttpEvent): Problem {
  const problem = problemFrom(error);
  if (problem.status < 500) return problem;
  if (problem.status === 503) {
    logger.warn('the table is busy', { ...describeError(error) });
    return problem;
  }
  logger.error('a request could not be answered', { ...describeError(error) });
  return new Problem(problem.status, problem.message, { extensions: { correlationId: correlationId(event) } });
}

const correlation: MiddlewareObj<HttpEvent, HttpAnswer> = {
  before: ({ event }) => logger.setCorrelationId(correlationId(event)),
  after: (request) => {
    const { event, response } = request;
    if (!response) return;
    request.response = { ...response, headers: { ...response.headers, 'x-correlation-id': correlationId(event) } };
  },
};

const counting: MiddlewareObj<HttpEvent, HttpAnswer> = {
  after: ({ response }) => {
    if (response) addMetric(metricOf(response), 1);
  },
};

function metricOf({ statusCode }: HttpAnswer): 'Answered2xx' | 'Answered4xx' | 'Answered5xx' {
  if (statusCode >= 500) return 'Answered5xx';
  return statusCode >= 400 ? 'Answered4xx' : 'Answered2xx';
}
