import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleSize } from '../../local/bundles/size.ts';
import { toEvent } from '../../local/http/event.ts';
import { type Stack, startStack } from '../../local/start/stack.ts';
import { type FunctionDefinition, type Route, readTemplate } from '../../local/template/template.ts';
import { describeWithJava } from '../support/java.ts';

const pathOf = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/** What Lambda itself sets for each function. */
const LAMBDA_VARIABLES = {
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: 'function',
  LAMBDA_TASK_ROOT: '/var/task',
  TZ: ':UTC',
};

const { functions } = readTemplate();
const named = (definition: FunctionDefinition): [string, FunctionDefinition] => [definition.bundle, definition];
const http = functions.filter(({ routes }) => routes.length > 0);

/** Far from node_modules, which a bundle must not need. */
const folder = mkdtempSync(join(tmpdir(), 'bundles-'));

afterAll(() => rmSync(folder, { recursive: true }));

describeWithJava('each bundle, in a process of its own with nothing but its declared environment', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterAll(() => stack.close());

  test.each(http.map(named))('dist/%s answers a request', async (_, definition) => {
    const [route = expect.fail('no route')] = definition.routes;
    const { response } = await invoke(definition, stack.functions.environment(definition), await requestTo(route));

    // Nobody has written anything, so that a read finds nothing, or an empty list; and an empty body is a mistake. What
    // is not there may have been looked for by another function before; and a cache that is slow to answer is passed by.
    const { statusCode, body, headers }: Record<string, unknown> = Object(response);
    expect([200, 400, 404]).toContain(statusCode);
    expect(() => JSON.parse(String(body))).not.toThrow();
    if (route.method === 'GET') expect(['miss', 'absent', 'bypass']).toContain(Object(headers)['x-cache']);
  });

  test('dist/sync applies a change', async () => {
    const [sync = expect.fail('no function')] = functions;
    const event = JSON.parse(readFileSync(pathOf('events/01-user-inserted.json'), 'utf8'));

    expect(sync.bundle).toBe('sync');
    expect(await invoke(sync, stack.functions.environment(sync), event)).toEqual({
      response: { batchItemFailures: [] },
    });
  });

  test.each(functions.filter(({ queueSources }) => queueSources.length > 0).map(named))(
    'dist/%s takes a batch of messages',
    async (_, definition) => {
      const outcome = await invoke(definition, stack.functions.environment(definition), { Records: [] });

      expect(outcome).toEqual({ response: { batchItemFailures: [] } });
    },
  );
});

test.each(functions.map(named))('dist/%s says in one sentence which variable is missing', async (_, definition) => {
  const { error } = await invoke(definition, {}, {});

  expect(error).toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringMatching(/^[A-Z_]+ is missing: [^\n]+\.$/),
  });
});

const KB = 1_024;

/** The rest of what a function parses before it answers is the client of its store, in a chunk that is loaded by need. */
test.each(functions.map(named))('dist/%s stays as small as it is', (_, definition) => {
  const { atStart, total } = bundleSize(pathOf(`dist/${definition.bundle}`));
  const limits = limitsOf(definition);

  expect(atStart).toBeLessThan(limits.atStart);
  expect(total).toBeLessThan(limits.total);
});

/** A little above what there is: growth beyond it is to be noticed, and either undone or allowed here. */
function limitsOf({ bundle, routes }: FunctionDefinition): { atStart: number; total: number } {
  // Functions that write have no cache to reach, and use the table in every request.
  if (routes.some(({ method }) => method !== 'GET')) return { atStart: 310 * KB, total: 600 * KB };
  // Readers and sync load the table's client with the first miss; the others cannot do without an AWS client.
  const isHot = routes.length > 0 || bundle === 'sync';
  return { atStart: (isHot ? 160 : 420) * KB, total: 2_850 * KB };
}

interface Outcome {
  readonly response?: unknown;
  readonly error?: unknown;
}

async function invoke(
  { bundle }: FunctionDefinition,
  environment: Record<string, string>,
  event: unknown,
): Promise<Outcome> {
  cpSync(pathOf(`dist/${bundle}`), join(folder, bundle), { recursive: true });
  const program = [pathOf('test/bundles/invoke.ts'), join(folder, bundle, 'index.mjs'), JSON.stringify(event)];
  const { stdout } = await promisify(execFile)(process.execPath, program, {
    env: { ...LAMBDA_VARIABLES, ...environment },
  });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

async function requestTo({ method, path }: Route): Promise<unknown> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const request = new Request(`http://api.test${path.replaceAll(/\{\w+\}/g, 'none')}`, {
    method,
    ...(['GET', 'DELETE'].includes(method) ? {} : { body: '{}', headers: { 'content-type': 'application/json' } }),
  });
  return toEvent({
    request,
    routeKey: `${method} ${path}`,
    pathParameters: Object.fromEntries(names.map((name) => [name, 'none'])),
    sourceIp: '192.0.2.1',
    receivedAt: Date.now(),
  });
}
