import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import type { HttpAnswer } from '../../shared/runtime/http-answer.ts';
import type { HttpEvent } from '../../shared/runtime/http-input.ts';

/** A request to one function, as far as functions care: the route is chosen by choosing the handler. */
export interface TestRequest {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, with its content type. Text is sent as it is. */
  readonly body?: unknown;
  /** As an authorizer of JWTs gives them. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly sourceIp?: string;
}

/** What came back, with the body parsed where it is JSON. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its expectations what it expects the body to be
  readonly body: any;
  readonly text: string | undefined;
}

export type HttpHandler = (event: HttpEvent, context: Context) => Promise<HttpAnswer>;

/** Calls a handler as API Gateway and Lambda do. */
export async function call(handler: HttpHandler, request: TestRequest = {}): Promise<TestAnswer> {
  const { statusCode, headers = {}, body } = await handler(httpEvent(request), lambdaContext());
  const isJson = body !== undefined && /json/.test(headers['content-type'] ?? '');
  return { status: statusCode, headers, body: isJson ? JSON.parse(body) : body, text: body };
}

/** An event of an HTTP API in payload format 2.0. */
export function httpEvent(request: TestRequest = {}): HttpEvent {
  const { path, query, headers = {}, body, claims, sourceIp = '203.0.113.7' } = request;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/',
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(path && { pathParameters: { ...path } }),
    ...(query && { queryStringParameters: { ...query } }),
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    isBase64Encoded: false,
    requestContext: {
      accountId: '000000000000',
      apiId: 'test',
      domainName: 'localhost',
      domainPrefix: 'test',
      http: { method: 'POST', path: '/', protocol: 'HTTP/1.1', sourceIp, userAgent: 'test' },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: '20/Nov/2026:10:00:00 +0000',
      timeEpoch: 1_795_168_800_000,
      ...(claims && { authorizer: { jwt: { claims } } }),
    },
  };
}

/** @param remainingMs what Lambda says is left of the timeout */
export function lambdaContext(remainingMs = 10_000): Context {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'test',
    functionVersion: '1',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:test',
    memoryLimitInMB: '512',
    awsRequestId: randomUUID(),
    logGroupName: 'test',
    logStreamName: 'test',
    getRemainingTimeInMillis: () => remainingMs,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
