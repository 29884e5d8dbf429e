import type { Tracer } from '@aws-lambda-powertools/tracer';
import type { MiddlewareObj } from '@middy/core';
import type { ObserveCall } from './observed-calls.ts';
import { once } from './once.ts';

/**
 * Traces a handler with Powertools' tracer where `POWERTOOLS_TRACE_ENABLED` is `true` (the template sets it with the
 * function's tracing). Elsewhere the tracer, which brings the X-Ray SDK with it, is not even loaded: it would double
 * what the rest of a function's start costs.
 */
export async function tracing(): Promise<MiddlewareObj[]> {
  if (!isTraced()) return [];
  const { captureLambdaHandler } = await import('@aws-lambda-powertools/tracer/middleware');
  const tracer = await processTracer(undefined);
  // Responses are stream positions here and item data in the APIs: neither belongs into a trace.
  const { before, after } = captureLambdaHandler(tracer, { captureResponse: false });
  const failed = (request: Request): unknown => {
    // Powertools would record the error with its message, which may quote an item.
    tracer.getSegment()?.addFaultFlag();
    return after?.(request);
  };
  return [{ ...(before && { before }), ...(after && { after }), onError: failed }];
}

/**
 * Makes a subsegment of each call to cache and table, `momento.get` or `table.query`, with an annotation of its outcome
 * to search traces by (`annotation.outcome = "StoreUnavailable"`); nothing where functions are not traced.
 */
export async function callTracing(): Promise<ObserveCall | undefined> {
  if (!isTraced()) return undefined;
  const tracer = await processTracer(undefined);
  return async (call, run, outcomeOf) => {
    // Under the handler's segment, which is current for the whole invocation. Opening it as a new context, as
    // `captureAsyncFunc` does, would put calls that run at the same time under each other.
    const subsegment = tracer.getSegment()?.addNewSubsegment(`${call.target}.${call.operation}`);
    subsegment?.addAttribute('namespace', 'remote');
    if (call.keys !== undefined) subsegment?.addAnnotation('keys', call.keys);
    try {
      const result = await run();
      subsegment?.addAnnotation('outcome', outcomeOf(result));
      return result;
    } catch (error) {
      // By its class: the message of an error may quote an item.
      subsegment?.addAnnotation('outcome', error instanceof Error ? error.name : typeof error);
      subsegment?.addFaultFlag();
      throw error;
    } finally {
      subsegment?.close();
    }
  };
}

type Request = Parameters<NonNullable<MiddlewareObj['onError']>>[0];

const isTraced = (): boolean => process.env.POWERTOOLS_TRACE_ENABLED === 'true';

/** One for the process: a second one would number the cold starts anew. */
const processTracer = once(async (_: undefined): Promise<Tracer> => {
  const { Tracer } = await import('@aws-lambda-powertools/tracer');
  // The requests that a call is made of would be there a second time beside the call, without its outcome.
  return new Tracer({ captureHTTPsRequests: false });
});
