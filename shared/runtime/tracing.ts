import type { MiddlewareObj } from '@middy/core';

/**
 * Traces a handler with Powertools' tracer where `POWERTOOLS_TRACE_ENABLED` is `true` (the template sets it with the
 * function's tracing). Elsewhere the tracer, which brings the X-Ray SDK with it, is not even loaded: it would double
 * what the rest of a function's start costs.
 */
export async function tracing(): Promise<MiddlewareObj[]> {
  if (process.env.POWERTOOLS_TRACE_ENABLED !== 'true') return [];
  const [{ Tracer }, { captureLambdaHandler }] = await Promise.all([
    import('@aws-lambda-powertools/tracer'),
    import('@aws-lambda-powertools/tracer/middleware'),
  ]);
  // Responses are stream positions here and item data in the APIs: neither belongs into a trace.
  return [captureLambdaHandler(new Tracer(), { captureResponse: false })];
}
