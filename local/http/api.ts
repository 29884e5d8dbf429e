import { getConnInfo } from '@hono/node-server/conninfo';
import { type Context, Hono } from 'hono';
import type { FunctionDefinition, Route } from '../template/template.ts';
import { toEvent } from './event.ts';
import { toResponse } from './response.ts';

/** A request that was answered. */
export interface RequestReport {
  readonly routeKey: string;
  /** As it was asked for, query included. */
  readonly path: string;
  readonly status: number;
  /** `x-cache` of the response: hit, absent, miss, bypass. */
  readonly cache: string | undefined;
  readonly milliseconds: number;
}

export interface HttpApiOptions {
  readonly functions: readonly FunctionDefinition[];
  readonly invoke: (definition: FunctionDefinition, event: unknown) => Promise<unknown>;
  readonly onRequest?: (report: RequestReport) => void;
  /** Hears why a request ended with a 500. */
  readonly onError: (error: unknown) => void;
}

/**
 * The HTTP API of the template as a web application: a request that matches a route becomes the event for its function,
 * the function's answer becomes the response, and everything around them is as API Gateway does it.
 *
 * Routing is Hono's: it matches as API Gateway does (a static part wins over a parameter), and needs nothing else.
 *
 * Requests are not authorized, neither by IAM nor by a JWT. A caller is its source address; behind a header
 * `x-forwarded-for`, which the real API would not believe, one may be somebody else to try what others may do.
 */
export function createHttpApi({ functions, invoke, onRequest, onError }: HttpApiOptions): Hono {
  const app = new Hono();

  for (const { definition, route } of bySpecificity(functions)) {
    const routeKey = `${route.method} ${route.path}`;
    app.on(route.method, honoPath(route.path), async (context) => {
      const startedAt = performance.now();
      const response = await answer(context, routeKey, definition);
      onRequest?.({
        routeKey,
        path: pathOf(context.req.url),
        status: response.status,
        cache: response.headers.get('x-cache') ?? undefined,
        milliseconds: performance.now() - startedAt,
      });
      return response;
    });
  }
  app.notFound((context) => context.json({ message: 'Not Found' }, 404));
  return app;

  async function answer(context: Context, routeKey: string, definition: FunctionDefinition): Promise<Response> {
    try {
      const event = await toEvent({
        request: context.req.raw,
        routeKey,
        pathParameters: context.req.param(),
        sourceIp: sourceIpOf(context),
        receivedAt: Date.now(),
      });
      return toResponse(await invoke(definition, event));
    } catch (error) {
      onError(error);
      return context.json({ message: 'Internal Server Error' }, 500);
    }
  }
}

/** Hono takes the first route that matches; API Gateway the one with the most static parts. */
function bySpecificity(functions: readonly FunctionDefinition[]) {
  const parameters = ({ path }: Route): number => path.split('{').length;
  return functions
    .flatMap((definition) => definition.routes.map((route) => ({ definition, route })))
    .sort((a, b) => parameters(a.route) - parameters(b.route));
}

/** `/users/{username}` is `/users/:username` to Hono, and a greedy `{proxy+}` takes the rest of the path. */
function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\+\}/g, ':$1{.+}').replaceAll(/\{(\w+)\}/g, ':$1');
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

function sourceIpOf(context: Context): string {
  const [forwarded] = context.req.header('x-forwarded-for')?.split(',') ?? [];
  const address = forwarded?.trim() || getConnInfo(context).remote.address || '127.0.0.1';
  return address.replace(/^::ffff:/, '');
}
