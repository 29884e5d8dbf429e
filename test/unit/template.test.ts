import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isMapping, parseTemplate, type TemplateNode } from '../../local/template/document.ts';
import { sourceOf } from '../../local/template/source.ts';
import { type FunctionDefinition, readTemplate } from '../../local/template/template.ts';
import { hours, seconds } from '../../shared/time.ts';

const template = readTemplate();
const resources = {
  Table: 'the-table',
  ...Object.fromEntries(template.queues.map(({ logicalId }) => [logicalId, `https://sqs.test/${logicalId}`])),
};
const properties = propertiesByResource();

/** What a cached read needs to know; nobody else may. */
const CACHE_VARIABLES = ['CACHE_STORE', 'CACHE_NAME', 'CACHE_NAMESPACE', 'MOMENTO_API_KEY_SECRET_ID'];

const api = template.functions.filter(({ routes }) => routes.length > 0);
const reads = api.filter(({ routes }) => routes.every(({ method }) => method === 'GET'));
const writes = api.filter((definition) => !reads.includes(definition));

test('each route has a function of its own, with a module to build it of', () => {
  const routes = api.flatMap((definition) => definition.routes.map(({ method, path }) => `${method} ${path}`));

  expect(new Set(routes).size).toBe(22);
  expect(api.every((definition) => definition.routes.length === 1)).toBe(true);
  for (const { bundle } of template.functions) expect(sourceOf(bundle)).toContain('/functions/');
});

test.each(reads.map(named))('%s may get items or query, and knows the cache', (_, definition) => {
  const allowed = actionsOf(definition);

  expect(['dynamodb:GetItem', 'dynamodb:Query']).toContain(allowed.filter((action) => action !== SECRET).join());
  expect(allowed).toContain(SECRET);
  expect(Object.keys(environmentOf(definition))).toEqual(expect.arrayContaining(CACHE_VARIABLES));
});

test.each(writes.map(named))(
  '%s may write and check, and knows nothing of the cache or its secret',
  (_, definition) => {
    const allowed = actionsOf(definition);

    expect(allowed.length).toBeGreaterThan(0);
    for (const action of allowed) expect(action).toMatch(/^dynamodb:(Put|Update|Delete|ConditionCheck)Item$/);
    const variables = Object.keys(environmentOf(definition));
    expect(variables.filter((name) => /CACHE|MOMENTO|REDIS/.test(name))).toEqual([]);
  },
);

test.each(template.functions.map(named))('%s may not do all there is, nor touch all there is', (_, definition) => {
  for (const statement of statementsOf(definition)) {
    expect(JSON.stringify(statement.Action)).not.toContain('*');
    if (!JSON.stringify(statement.Action).includes('xray:')) expect(statement.Resource).not.toBe('*');
  }
});

test('the synchronizer reads the stream, and the table only to reload collections', () => {
  const [sync] = template.functions;
  const roles = properties.SyncRole?.Policies;

  expect(sync?.logicalId).toBe('SyncFunction');
  expect(JSON.stringify(roles)).not.toMatch(/dynamodb:(GetItem|BatchGetItem|Scan|Put|Update|Delete)/);
  expect(roles).toContainEqual({
    'Fn::If': ['Reloads', expect.objectContaining({ PolicyName: 'reload-collections' }), NOTHING],
  });
});

test('the event source starts at the oldest change, takes partial answers, bisects, and retries until a record expires', () => {
  const [source] = template.functions[0]?.eventSources ?? [];

  expect(source).toEqual({
    startingPosition: 'TRIM_HORIZON',
    batchSize: 1_000,
    batchingWindow: seconds(0),
    reportsBatchItemFailures: true,
    bisectsOnError: true,
    maximumRetryAttempts: undefined,
    maximumRecordAge: undefined,
    onFailureQueue: 'FailureQueue',
  });
});

test('parameters reach the event source', () => {
  const parameters = { SyncMaximumRecordAgeSeconds: 3_600, SyncBatchingWindowSeconds: 5 };
  const [source] = readTemplate({ parameters }).functions[0]?.eventSources ?? [];

  expect(source).toMatchObject({ maximumRecordAge: hours(1), batchingWindow: seconds(5) });
});

test('queues are encrypted and keep what they hold for 14 days', () => {
  for (const { logicalId } of template.queues) {
    expect(properties[logicalId]).toMatchObject({
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 14 * 24 * 3_600,
    });
  }
});

test('a message stays invisible for longer than whoever consumes it may take', () => {
  for (const { queueSources, timeout, logicalId } of template.functions) {
    for (const { queue } of queueSources) {
      const visibility = template.queues.find((candidate) => candidate.logicalId === queue)?.visibilityTimeout ?? 0;
      expect(visibility, logicalId).toBeGreaterThanOrEqual(6 * timeout);
    }
  }
});

test('beside an existing table none is created, and functions are told that table', () => {
  const beside = readTemplate({
    parameters: { TableName: 'theirs', TableStreamArn: 'arn:aws:dynamodb:x:1:table/theirs/stream/y' },
  });

  expect(template.environment(at(0), resources).TABLE_NAME).toBe('the-table');
  expect(beside.environment(at(0), resources).TABLE_NAME).toBe('theirs');
});

test('admin routes want IAM credentials', () => {
  const admin = api.filter(({ routes }) => routes.some(({ path }) => path.startsWith('/admin/')));

  expect(admin).toHaveLength(3);
  for (const { logicalId } of admin) {
    expect(properties[logicalId]?.Events).toMatchObject({ Route: { Properties: { Auth: { Authorizer: 'AWS_IAM' } } } });
  }
});

test('no Momento key is ever part of the template', () => {
  for (const definition of template.functions) expect(environmentOf(definition)).not.toHaveProperty('MOMENTO_API_KEY');
});

const SECRET = 'secretsmanager:GetSecretValue';
const NOTHING = { Ref: 'AWS::NoValue' };

function named(definition: FunctionDefinition): [string, FunctionDefinition] {
  return [definition.logicalId, definition];
}

function at(index: number): FunctionDefinition {
  const definition = template.functions[index];
  if (definition === undefined) throw new Error(`template.yaml has no function ${index}`);
  return definition;
}

const environmentOf = (definition: FunctionDefinition) => template.environment(definition, resources);

/** The statements of a function's own policies, or of its role. Those on a condition count as allowed. */
function statementsOf({ logicalId }: FunctionDefinition): { [name: string]: TemplateNode }[] {
  const { Role, Policies = [] } = properties[logicalId] ?? {};
  const role = isMapping(Role) ? String(Object(Role['Fn::GetAtt'])[0]) : undefined;
  return mappingsWith('Effect', role === undefined ? Policies : properties[role]?.Policies);
}

function actionsOf(definition: FunctionDefinition): string[] {
  return statementsOf(definition).flatMap(({ Action }) =>
    Array.isArray(Action) ? Action.map(String) : [String(Action)],
  );
}

/** All mappings with a property of that name, however deep. */
function mappingsWith(name: string, node: TemplateNode | undefined): { [name: string]: TemplateNode }[] {
  if (Array.isArray(node)) return node.flatMap((item) => mappingsWith(name, item));
  if (!isMapping(node)) return [];
  return name in node ? [node] : Object.values(node).flatMap((value) => mappingsWith(name, value));
}

function propertiesByResource(): Record<string, { [name: string]: TemplateNode }> {
  const document = parseTemplate(readFileSync(new URL('../../template.yaml', import.meta.url), 'utf8'));
  const all = isMapping(document) && isMapping(document.Resources) ? document.Resources : {};
  return Object.fromEntries(
    Object.entries(all).map(([id, resource]) => {
      const found = isMapping(resource) ? resource.Properties : undefined;
      return [id, isMapping(found) ? found : {}];
    }),
  );
}
