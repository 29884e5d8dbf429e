import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isMapping, parseTemplate, type TemplateNode } from '../../local/template/document.ts';
import { resolve } from '../../local/template/resolve.ts';
import { sourceOf } from '../../local/template/source.ts';
import { type FunctionDefinition, readTemplate } from '../../local/template/template.ts';
import { hours, seconds } from '../../shared/time.ts';

const template = readTemplate();
const resources = {
  Table: 'the-table',
  CacheTable: 'the-cache-table',
  ...Object.fromEntries(template.queues.map(({ logicalId }) => [logicalId, `https://sqs.test/${logicalId}`])),
};
const document = parseTemplate(readFileSync(new URL('../../template.yaml', import.meta.url), 'utf8'));
const properties = propertiesByResource();
const SECRET = 'secretsmanager:GetSecretValue';
const NOTHING = { Ref: 'AWS::NoValue' };

/** What a cached read needs to know; nobody else may. */
const CACHE_VARIABLES = ['CACHE_STORE', 'CACHE_NAME', 'CACHE_NAMESPACE'];

const api = template.functions.filter(({ routes }) => routes.length > 0);
const reads = api.filter(({ routes }) => routes.every(({ method }) => method === 'GET'));
const writes = api.filter((definition) => !reads.includes(definition));
/** The functions that use the cache. */
const cached = template.functions.filter((definition) => !writes.includes(definition));

test('each route has a function of its own, with a module to build it of', () => {
  const routes = api.flatMap((definition) => definition.routes.map(({ method, path }) => `${method} ${path}`));

  expect(new Set(routes).size).toBe(22);
  expect(api.every((definition) => definition.routes.length === 1)).toBe(true);
  for (const { bundle } of template.functions) expect(sourceOf(bundle)).toContain('/functions/');
});

test.each(reads.map(named))('%s may get items or query, and knows the cache', (_, definition) => {
  const { Policies, ManagedPolicyArns } = roleOf(definition) ?? {};

  expect(['dynamodb:GetItem', 'dynamodb:Query']).toContain(actionsIn(Policies).join());
  expect(ManagedPolicyArns).toEqual([{ Ref: 'CacheUserPolicy' }]);
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
    if (!/xray:|ec2:/.test(JSON.stringify(statement.Action))) expect(statement.Resource).not.toBe('*');
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

test('queues are encrypted; what waits for repair is kept for 14 days, a sample for an hour', () => {
  const retention = ({ logicalId }: { readonly logicalId: string }) => properties[logicalId]?.MessageRetentionPeriod;

  for (const { logicalId } of template.queues) expect(properties[logicalId]?.SqsManagedSseEnabled).toBe(true);
  expect(Object.fromEntries(template.queues.map((queue) => [queue.logicalId, retention(queue)]))).toEqual({
    FailureQueue: 14 * 24 * 3_600,
    QuarantineQueue: 14 * 24 * 3_600,
    AuditQueue: 3_600,
  });
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

const secret = 'arn:aws:secretsmanager:x:1:secret:s';
const redisUrl = 'rediss://cache.test:6379';

describe('the store', () => {
  test.each([
    ['no parameter', {}, 'dynamodb', 'the-cache-table'],
    ['a Momento key', { MomentoApiKeySecretArn: secret }, 'momento', 'dynamo-cache-sync'],
    ['the URL of a Redis', { RedisUrl: redisUrl }, 'redis', ''],
    [
      'a Momento key, but another store named',
      { MomentoApiKeySecretArn: secret, CacheStore: 'dynamodb' },
      'dynamodb',
      'the-cache-table',
    ],
    ['a Redis that IAM users sign in to', { RedisUrl: redisUrl, RedisIamUser: 'u', RedisCacheName: 'c' }, 'redis', 'c'],
  ])('with %s', (_, parameters, store, cacheName) => {
    const deployed = environmentsWith(parameters);
    for (const definition of cached) {
      expect(deployed(definition)).toMatchObject({ CACHE_STORE: store, CACHE_NAME: cacheName });
    }
  });

  test.each([
    ['momento', ['MOMENTO_API_KEY_SECRET_ID', 'MOMENTO_ENDPOINT']],
    ['redis', ['REDIS_IAM_USER', 'REDIS_PASSWORD_SECRET_ID', 'REDIS_URL']],
    ['dynamodb', []],
  ])('%s has its own variables and those of no other', (store, own) => {
    const deployed = environmentsWith({ CacheStore: store, MomentoApiKeySecretArn: secret, RedisUrl: redisUrl });
    for (const definition of cached) {
      const variables = Object.keys(deployed(definition));
      expect(variables.filter((name) => /^(MOMENTO|REDIS)_/.test(name)).toSorted()).toEqual(own);
    }
  });

  test.each([
    ['momento', { MomentoApiKeySecretArn: secret }, [SECRET]],
    ['dynamodb', {}, ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem']],
    ['redis', { RedisUrl: redisUrl }, []],
    ['redis', { RedisUrl: redisUrl, RedisPasswordSecretArn: secret }, [SECRET]],
    ['redis', { RedisUrl: redisUrl, RedisIamUser: 'u', RedisCacheName: 'c' }, ['elasticache:Connect']],
  ])('%s, with %j: functions may do to it what it needs and no more', (_, parameters, expected) => {
    const policy = resolved(properties.CacheUserPolicy?.PolicyDocument, parameters);

    expect(
      actionsIn(policy)
        .filter((action) => !/^(logs|xray):/.test(action))
        .toSorted(),
    ).toEqual(expected);
  });

  test.each([
    ['nothing', {}, []],
    ['a Momento key and a Redis', { MomentoApiKeySecretArn: secret, RedisUrl: redisUrl }, ['OneStoreIsMeant']],
    ['Momento without a key', { CacheStore: 'momento' }, ['MomentoNeedsItsKey']],
    ['Redis without a URL', { CacheStore: 'redis' }, ['RedisNeedsItsUrl']],
    [
      'two ways to sign in',
      { RedisUrl: redisUrl, RedisIamUser: 'u', RedisCacheName: 'c', RedisPasswordSecretArn: secret },
      ['RedisHasOneWayToSignIn'],
    ],
    ['IAM without a name', { RedisUrl: redisUrl, RedisIamUser: 'u' }, ['RedisHasOneWayToSignIn']],
    ['subnets alone', { RedisUrl: redisUrl, VpcSubnetIds: 'subnet-1' }, ['SubnetsNeedASecurityGroup']],
    ['a stream without its table', { TableStreamArn: 'arn' }, ['TableAndStreamTogether']],
  ])('giving %s is refused, if at all, by the rule for it', (_, parameters, refusing) => {
    expect(brokenRules(parameters)).toEqual(refusing);
  });

  test('no function is in a VPC, but those that use a Redis in one', () => {
    const inVpc = { RedisUrl: redisUrl, VpcSubnetIds: 'subnet-1,subnet-2', SecurityGroupIds: 'sg-1' };

    for (const { logicalId } of template.functions) {
      const { VpcConfig } = properties[logicalId] ?? {};
      const isCached = cached.some((definition) => definition.logicalId === logicalId);
      expect(VpcConfig !== undefined, logicalId).toBe(isCached);
      if (!isCached) continue;
      expect(resolved(VpcConfig, { ...inVpc, CacheStore: 'dynamodb' })).toBeNull();
      expect(resolved(VpcConfig, { RedisUrl: redisUrl })).toBeNull();
      expect(resolved(VpcConfig, inVpc)).toEqual({ SubnetIds: ['subnet-1', 'subnet-2'], SecurityGroupIds: ['sg-1'] });
      expect(resolved(VpcConfig, { ...inVpc, SecurityGroupIds: '', VpcId: 'vpc-1' })).toMatchObject({
        SecurityGroupIds: ['the-security-group'],
      });
    }
  });

  test('the cache table has what the store needs, and no stream that would feed it with its own changes', () => {
    expect(template.cacheTable('cache')).toEqual({
      TableName: 'cache',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'k', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
    expect(properties.CacheTable).not.toHaveProperty('StreamSpecification');
  });
});

test('redrive may read any stream that the table ever had', () => {
  const existing = { TableName: 'theirs', TableStreamArn: 'arn:aws:dynamodb:x:1:table/theirs/stream/new' };
  const [statement] = mappingsWith('Effect', properties.RedriveRole?.Policies).filter(({ Action }) =>
    String(Action).includes('dynamodb:GetRecords'),
  );

  expect(resolved(statement?.Resource, existing)).toMatch(/:table\/theirs\/stream\/\*$/);
  expect(resolved(statement?.Resource, {})).toBe('arn:the-table/stream/*');
});

test('no Momento key is ever part of the template', () => {
  for (const definition of template.functions) expect(environmentOf(definition)).not.toHaveProperty('MOMENTO_API_KEY');
});

function named(definition: FunctionDefinition): [string, FunctionDefinition] {
  return [definition.logicalId, definition];
}

function at(index: number): FunctionDefinition {
  const definition = template.functions[index];
  if (definition === undefined) throw new Error(`template.yaml has no function ${index}`);
  return definition;
}

const environmentOf = (definition: FunctionDefinition) => template.environment(definition, resources);

/** The environment of each function, deployed with these parameters. */
function environmentsWith(parameters: Record<string, string>) {
  const deployed = readTemplate({ parameters });
  return (definition: FunctionDefinition) => deployed.environment(definition, resources);
}

/** The names of the rules that these parameters break. */
function brokenRules(parameters: Record<string, string>): string[] {
  return Object.entries(section('Rules')).flatMap(([name, rule]) => {
    const { RuleCondition = true, Assertions } = isMapping(rule) ? rule : {};
    const applies = resolved(RuleCondition, parameters) === true;
    const holds = mappingsWith('Assert', Assertions).every(({ Assert }) => resolved(Assert, parameters) === true);
    return applies && !holds ? [name] : [];
  });
}

/** Part of the template, as CloudFormation evaluates it with these parameters. */
function resolved(node: TemplateNode | undefined, parameters: Record<string, string>): TemplateNode {
  const defaults = Object.entries(section('Parameters')).map(([name, parameter]) => [
    name,
    (isMapping(parameter) ? parameter.Default : undefined) ?? '',
  ]);
  const pseudo = { 'AWS::Partition': 'aws', 'AWS::Region': 'x', 'AWS::AccountId': '1' };
  return resolve(node ?? null, {
    parameters: { ...Object.fromEntries(defaults), ...pseudo, ...parameters },
    resources: {
      ...{ 'Table.Arn': 'arn:the-table', 'CacheTable.Arn': 'arn:the-cache-table', 'LogGroup.Arn': 'arn:logs' },
      SecurityGroup: 'the-security-group',
    },
    conditions: section('Conditions'),
  });
}

/** The statements of a function's own policies, or of those of its role. Those on a condition count as allowed. */
function statementsOf(definition: FunctionDefinition): { [name: string]: TemplateNode }[] {
  const role = roleOf(definition);
  if (role === undefined) return mappingsWith('Effect', properties[definition.logicalId]?.Policies);
  return mappingsWith('Effect', [role.Policies ?? [], properties.CacheUserPolicy?.PolicyDocument ?? []]);
}

function roleOf({ logicalId }: FunctionDefinition): { [name: string]: TemplateNode } | undefined {
  const { Role } = properties[logicalId] ?? {};
  return isMapping(Role) ? properties[String(Object(Role['Fn::GetAtt'])[0])] : undefined;
}

const actionsOf = (definition: FunctionDefinition): string[] =>
  statementsOf(definition).flatMap(({ Action }) => textsOf(Action));

const actionsIn = (node: TemplateNode | undefined): string[] =>
  mappingsWith('Effect', node).flatMap(({ Action }) => textsOf(Action));

const textsOf = (node: TemplateNode | undefined): string[] => (Array.isArray(node) ? node.map(String) : [String(node)]);

/** All mappings with a property of that name, however deep. */
function mappingsWith(name: string, node: TemplateNode | undefined): { [name: string]: TemplateNode }[] {
  if (Array.isArray(node)) return node.flatMap((item) => mappingsWith(name, item));
  if (!isMapping(node)) return [];
  return name in node ? [node] : Object.values(node).flatMap((value) => mappingsWith(name, value));
}

function section(name: string): { [name: string]: TemplateNode } {
  return isMapping(document) && isMapping(document[name]) ? document[name] : {};
}

function propertiesByResource(): Record<string, { [name: string]: TemplateNode }> {
  return Object.fromEntries(
    Object.entries(section('Resources')).map(([id, resource]) => {
      const found = isMapping(resource) ? resource.Properties : undefined;
      return [id, isMapping(found) ? found : {}];
    }),
  );
}
