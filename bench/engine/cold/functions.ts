import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toEvent } from '../../../local/http/event.ts';
import { type FunctionDefinition, type Route, readTemplate } from '../../../local/template/template.ts';
import type { BaselineName } from './clients.ts';

/** What is started, what it is asked first, and what is measured beside it. */
export interface Subject {
  readonly name: string;
  /** Where its `index.mjs` is. */
  readonly folder: string;
  readonly event: unknown;
  /** The clients that it cannot do without; `undefined` for those themselves. */
  readonly clients: BaselineName | undefined;
}

/** The functions have to be built before they can be started. */
export class NotBuilt extends Error {
  override readonly name = 'NotBuilt';
}

/**
 * Every function of the template, with an event that makes it use its clients.
 *
 * @throws {NotBuilt} when there is no `dist`
 */
export function functionSubjects(): Promise<Subject[]> {
  return Promise.all(readTemplate().functions.map(subjectOf));
}

async function subjectOf({ bundle, routes: [route] }: FunctionDefinition): Promise<Subject> {
  const folder = pathOf(`../../../dist/${bundle}`);
  if (!existsSync(folder)) throw new NotBuilt(`${folder} does not exist: run "npm run build" first`);
  if (route === undefined) return { name: bundle, folder, ...(BEHIND_THE_SCENES[bundle] ?? unknownFunction(bundle)) };
  return {
    name: bundle,
    folder,
    event: await requestOf(route),
    // A write uses no cache.
    clients: route.method === 'GET' ? 'Momento and DynamoDB' : 'DynamoDB',
  };
}

/** By bundle: those that no request reaches. */
const BEHIND_THE_SCENES: Readonly<Record<string, Pick<Subject, 'event' | 'clients'>>> = {
  sync: {
    event: JSON.parse(readFileSync(pathOf('../../../events/01-user-inserted.json'), 'utf8')),
    clients: 'Momento',
  },
  redrive: { event: { Records: [] }, clients: 'Momento' },
  audit: { event: { Records: [] }, clients: 'Momento and DynamoDB' },
  warm: { event: {}, clients: 'Momento and DynamoDB' },
};

const unknownFunction = (bundle: string): never => {
  throw new Error(`give the function ${bundle} an event in ${import.meta.filename}, so that its start can be timed`);
};

/** By route: what it takes. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /users': { username: 'alice', firstName: 'Alice', lastName: 'Adams', email: 'alice@example.com' },
  'PATCH /users/{username}': { firstName: 'Alice' },
  'POST /organizations': { organization: 'acme', title: 'Acme' },
  'POST /organizations/{organization}/members': { username: 'bob' },
  'POST /orders': { items: [{ productId: 'p1', quantity: 1 }] },
  'PUT /orders/{orderId}': { items: [{ productId: 'p1', quantity: 2 }] },
  'POST /admin/orders/{orderId}/status': { status: 'PROCESSING' },
  'POST /categories': { category: 'books', title: 'Books' },
  'PUT /products/{productId}': { title: 'A book', price: 10 },
};

function requestOf({ method, path }: Route): Promise<unknown> {
  const routeKey = `${method} ${path}`;
  const pathParameters: Record<string, string> = {};
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    pathParameters[name] = 'none';
    return 'none';
  });
  const body = BODIES[routeKey];
  const request = new Request(`http://api.test${url}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-username': 'alice' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return toEvent({ request, routeKey, pathParameters, sourceIp: '192.0.2.1', receivedAt: Date.now() });
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
