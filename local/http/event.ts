import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** An HTTP request, with what the router and the connection know of it. */
export interface IncomingRequest {
  readonly request: Request;
  /** Method and path of the route that matched, in API Gateway's terms: `GET /users/{username}`. */
  readonly routeKey: string;
  /** Decoded values of the path's parameters. */
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly sourceIp: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
}

/**
 * Turns a request into the event that API Gateway sends for an HTTP API, payload format 2.0: header names in lower
 * case, repeated headers and query parameters joined by commas, cookies apart, bodies that are not text in base64.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export async function toEvent(incoming: IncomingRequest): Promise<APIGatewayProxyEventV2> {
  const { request, routeKey, pathParameters, sourceIp, receivedAt } = incoming;
  const url = new URL(request.url);
  const { cookie, ...headers } = Object.fromEntries(request.headers);
  const queryStringParameters = joined(url.searchParams);
  const body = Buffer.from(await request.arrayBuffer());
  const isText = isTextual(headers['content-type']);

  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers,
    ...(url.search.length > 1 && { queryStringParameters }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: url.hostname,
      domainPrefix: 'local',
      http: {
        method: request.method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: commonLogTime(receivedAt),
      timeEpoch: receivedAt,
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

function joined(parameters: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name).join(',')]));
}

/** A body without a content type is taken as text, as `curl -d` with no header of its own is meant. */
function isTextual(contentType: string | undefined): boolean {
  if (contentType === undefined) return true;
  return /^(text\/|application\/([\w.-]+\+)?(json|xml|javascript|x-www-form-urlencoded))/i.test(contentType);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `20/Nov/2026:10:00:00 +0000` */
function commonLogTime(time: number): string {
  const date = new Date(time);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}
