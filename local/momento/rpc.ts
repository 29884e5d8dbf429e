import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerErrorResponse,
  status,
} from '@grpc/grpc-js';
import type { Failure, FaultPlan } from './faults.ts';
import type { RpcMethod, StatsRecorder } from './stats.ts';

/** A call that the service refuses. */
export class RpcError extends Error {
  readonly code: status;
  /** Name of the cause, which Momento sends in the trailer `err` and by which the SDK tells causes apart. */
  readonly err: string | undefined;

  constructor(code: status, message: string, err?: string) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
    this.err = err;
  }
}

/** What every handler shares. */
export interface RpcContext {
  readonly faults: FaultPlan;
  readonly stats: StatsRecorder;
  /** Runs something after a while, unless the server has been closed by then. */
  later(milliseconds: number, run: () => void): void;
}

/** A method with one answer. `handle` runs without interruption, which is what makes every operation atomic. */
export function unary<Request, Response>(
  method: RpcMethod,
  context: RpcContext,
  handle: (request: Request, metadata: Metadata) => Response,
): handleUnaryCall<Request, Response> {
  return (call, callback) =>
    serve(method, context, {
      apply: () => handle(call.request, call.metadata),
      answer: (response) => callback(null, response),
      refuse: (error) => callback(toStatus(error)),
      isAbandoned: () => call.cancelled,
    });
}

/** A method that answers with a stream. */
export function streaming<Request, Response>(
  method: RpcMethod,
  context: RpcContext,
  handle: (request: Request, metadata: Metadata) => Response[],
): handleServerStreamingCall<Request, Response> {
  return (call) =>
    serve(method, context, {
      apply: () => handle(call.request, call.metadata),
      answer: (responses) => {
        for (const response of responses) call.write(response);
        call.end();
      },
      refuse: (error) => void call.emit('error', toStatus(error)),
      isAbandoned: () => call.cancelled,
    });
}

/** One call, whatever its kind. */
interface Exchange<Response> {
  /** Does what was asked for. Throws {@link RpcError}. */
  readonly apply: () => Response;
  readonly answer: (response: Response) => void;
  readonly refuse: (error: unknown) => void;
  readonly isAbandoned: () => boolean;
}

function serve<Response>(method: RpcMethod, context: RpcContext, exchange: Exchange<Response>): void {
  context.stats.count(method);
  const failure = context.faults.next(method);
  if (failure === undefined) handleNow(exchange);
  else fail(failure, context, exchange);
}

function handleNow<Response>({ apply, answer, refuse }: Exchange<Response>): void {
  let response: Response;
  try {
    response = apply();
  } catch (error) {
    refuse(error);
    return;
  }
  answer(response);
}

function fail<Response>(failure: Failure, context: RpcContext, exchange: Exchange<Response>): void {
  switch (failure.kind) {
    case 'fail':
      exchange.refuse(new RpcError(failure.code, 'injected failure', failure.err));
      return;
    case 'throttle':
      exchange.refuse(new RpcError(status.RESOURCE_EXHAUSTED, 'injected throttling', 'operations_rate_limit_exceeded'));
      return;
    case 'delay':
      context.later(failure.by, () => {
        if (!exchange.isAbandoned()) handleNow(exchange);
      });
      return;
    case 'answer-lost':
      handleNow({
        ...exchange,
        answer: () => exchange.refuse(new RpcError(failure.code ?? status.UNAVAILABLE, 'injected loss of the answer')),
      });
      return;
    case 'apply-late':
      context.later(failure.by, () => handleNow(exchange));
      return;
    case 'black-hole':
      return;
  }
}

function toStatus(error: unknown): ServerErrorResponse {
  // Anything else is a mistake in the server itself: the client sees an internal error, as it would from the service.
  const { code, message, err } =
    error instanceof RpcError ? error : new RpcError(status.INTERNAL, `the local server failed: ${error}`);
  const metadata = new Metadata();
  if (err !== undefined) metadata.set('err', err);
  return Object.assign(new Error(message), { code, details: message, metadata });
}
