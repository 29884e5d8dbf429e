/** The function answered what API Gateway cannot turn into a response. */
export class MalformedResponse extends Error {
  override readonly name = 'MalformedResponse';
}

/**
 * Turns a function's answer into the response that API Gateway makes of it, payload format 2.0: an answer without a
 * status code is the body, as JSON, of a 200.
 *
 * @throws {MalformedResponse}
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toResponse(answer: unknown): Response {
  if (!isStructured(answer)) {
    const body = typeof answer === 'string' ? answer : JSON.stringify(answer ?? null);
    return new Response(body, { status: 200, headers: { 'content-type': 'application/json' } });
  }
  const { statusCode, headers = {}, cookies = [], body, isBase64Encoded } = answer;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new MalformedResponse(`${JSON.stringify(statusCode)} is not a status code`);
  }
  if (body !== undefined && body !== null && typeof body !== 'string')
    throw new MalformedResponse('the body is not a string');

  const all = new Headers({ 'content-type': 'text/plain;charset=UTF-8' });
  for (const [name, value] of Object.entries(Object(headers))) all.set(name, String(value));
  for (const cookie of Array.isArray(cookies) ? cookies : []) all.append('set-cookie', String(cookie));
  const isEmpty = WITHOUT_BODY.has(status);
  if (isEmpty) all.delete('content-type');
  const content = isBase64Encoded === true ? Buffer.from(body ?? '', 'base64') : (body ?? '');
  return new Response(isEmpty ? null : content, { status, headers: all });
}

/** Status codes whose responses have no body; `Response` refuses one. */
const WITHOUT_BODY = new Set([204, 205, 304]);

interface StructuredAnswer {
  readonly statusCode: unknown;
  readonly headers?: unknown;
  readonly cookies?: unknown;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

function isStructured(answer: unknown): answer is StructuredAnswer {
  return typeof answer === 'object' && answer !== null && 'statusCode' in answer;
}
