import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { type Duration, seconds } from '../../shared/time.ts';
import { isMapping, parseTemplate, TemplateError, type TemplateNode } from './document.ts';
import { resolve, type Scope } from './resolve.ts';
import {
  cacheTableShape,
  destinationShape,
  eventSourceShape,
  functionShape,
  type Mapping,
  queueShape,
  queueSourceShape,
  type Resource,
  rootShape,
  routeShape,
  tableShape,
  variablesShape,
} from './shapes.ts';

/** One Lambda function of the template. */
export interface FunctionDefinition {
  readonly logicalId: string;
  /** Its directory under `dist/`, which names the bundle: `sync`, `accounts-get-user`. */
  readonly bundle: string;
  readonly timeout: Duration;
  readonly memoryMegabytes: number;
  readonly routes: readonly Route[];
  readonly eventSources: readonly EventSourceSettings[];
  readonly queueSources: readonly QueueSourceSettings[];
}

/** A route of the HTTP API, in API Gateway's terms: `GET` and `/users/{username}`. */
export interface Route {
  readonly method: string;
  readonly path: string;
}

/** How Lambda reads a stream for a function: the settings of an event source mapping. */
export interface EventSourceSettings {
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  readonly batchSize: number;
  readonly batchingWindow: Duration;
  /** Whether the function answers which records failed (`ReportBatchItemFailures`). */
  readonly reportsBatchItemFailures: boolean;
  readonly bisectsOnError: boolean;
  /** `undefined`: until the record expires. */
  readonly maximumRetryAttempts: number | undefined;
  /** `undefined`: until the record expires. */
  readonly maximumRecordAge: Duration | undefined;
  /** Logical id of the queue for batches that were given up on. */
  readonly onFailureQueue: string | undefined;
}

/** How Lambda takes messages from a queue for a function. */
export interface QueueSourceSettings {
  /** Logical id of the queue. */
  readonly queue: string;
  readonly batchSize: number;
}

/** A queue of the template. */
export interface QueueDefinition {
  readonly logicalId: string;
  readonly visibilityTimeout: Duration;
}

/** A table's definition, in the terms of DynamoDB's `CreateTable`. */
export type TableDefinition = v.InferOutput<typeof tableShape>;
export type CacheTableDefinition = v.InferOutput<typeof cacheTableShape>;

/** What the template's references stand for on this machine; see {@link Scope.resources}. */
export type ResourceValues = Readonly<Record<string, string>>;

/** The parts of `template.yaml` that the build and the laptop stack need, so that they cannot drift from the cloud. */
export interface Template {
  readonly functions: readonly FunctionDefinition[];
  /** The sample table, under its name on this machine. */
  table(name: string): TableDefinition;
  /** The table that is the cache where the cache is in DynamoDB, under its name on this machine. */
  cacheTable(name: string): CacheTableDefinition;
  readonly queues: readonly QueueDefinition[];
  /**
   * The environment variables of a function.
   *
   * @throws {TemplateError} when a variable refers to a resource that `resources` leaves out
   */
  environment(definition: FunctionDefinition, resources: ResourceValues): Record<string, string>;
}

/**
 * Reads the template with the defaults of its parameters, or with `parameters` in their place.
 *
 * @throws {TemplateError} when it is not a template that the laptop stack understands
 */
export function readTemplate(
  options: { path?: string; parameters?: Readonly<Record<string, string | number>> } = {},
): Template {
  const path = options.path ?? fileURLToPath(new URL('../../template.yaml', import.meta.url));
  const root = check(rootShape, parseTemplate(readFileSync(path, 'utf8')), 'the template');
  const scope = (resources: ResourceValues): Scope => ({
    parameters: { 'AWS::StackName': 'local', ...defaults(root.Parameters), ...options.parameters },
    resources,
    conditions: root.Conditions,
  });
  const globals = root.Globals.Function;
  const ofType = (type: string): [string, Resource][] =>
    Object.entries(root.Resources).filter(([, resource]) => resource.Type === type);
  const tableProperties = (logicalId: string, name: string): TemplateNode => {
    const table = root.Resources[logicalId];
    if (table === undefined) throw new TemplateError(`The template has no table "${logicalId}" to create one from`);
    const definition = resolve(table.Properties ?? {}, scope({}));
    return isMapping(definition) ? { ...definition, TableName: name } : definition;
  };

  return {
    functions: ofType('AWS::Serverless::Function').map(([logicalId, resource]) =>
      functionDefinition(logicalId, { ...globals, ...resource.Properties }, scope({})),
    ),
    queues: ofType('AWS::SQS::Queue').map(([logicalId, { Properties = {} }]) => {
      const { VisibilityTimeout } = check(queueShape, Properties, logicalId);
      return { logicalId, visibilityTimeout: seconds(VisibilityTimeout) };
    }),
    table: (name) => check(tableShape, tableProperties('Table', name), 'Table'),
    cacheTable: (name) => check(cacheTableShape, tableProperties('CacheTable', name), 'CacheTable'),
    environment(definition, resources) {
      const own = root.Resources[definition.logicalId]?.Properties?.Environment;
      const variables = { ...variablesOf(globals.Environment), ...variablesOf(own) };
      return check(variablesShape, resolve(variables, scope(resources)), `the environment of ${definition.logicalId}`);
    },
  };
}

function functionDefinition(logicalId: string, properties: Mapping, scope: Scope): FunctionDefinition {
  const { CodeUri, Timeout, MemorySize, Events } = check(functionShape, properties, logicalId);
  const eventsOfType = (type: string): TemplateNode[] =>
    Object.values(Events ?? {}).flatMap((event) => (event.Type === type ? [event.Properties] : []));

  return {
    logicalId,
    bundle: CodeUri.replace(/^dist\//, ''),
    timeout: seconds(Timeout),
    memoryMegabytes: MemorySize,
    routes: eventsOfType('HttpApi').map((event) => {
      const { Method, Path } = check(routeShape, event, logicalId);
      return { method: Method.toUpperCase(), path: Path };
    }),
    eventSources: eventsOfType('DynamoDB').map((event) => eventSource(event, logicalId, scope)),
    queueSources: eventsOfType('SQS').map((event) => {
      const { Queue, BatchSize } = check(queueSourceShape, event, logicalId);
      return { queue: Queue['Fn::GetAtt'][0], batchSize: BatchSize };
    }),
  };
}

function eventSource(event: TemplateNode, logicalId: string, scope: Scope): EventSourceSettings {
  if (!isMapping(event)) throw new TemplateError(`${logicalId} has a DynamoDB event without properties`);
  // The stream and the queue are resources, which have no value yet; everything else is a setting.
  const { Stream: _, DestinationConfig: destination, ...settings } = event;
  const of = check(eventSourceShape, resolve(settings, scope), logicalId);
  const unlessInfinite = (value: number): number | undefined => (value === -1 ? undefined : value);
  const age = unlessInfinite(of.MaximumRecordAgeInSeconds);

  return {
    startingPosition: of.StartingPosition,
    batchSize: of.BatchSize,
    batchingWindow: seconds(of.MaximumBatchingWindowInSeconds),
    reportsBatchItemFailures: of.FunctionResponseTypes.includes('ReportBatchItemFailures'),
    bisectsOnError: of.BisectBatchOnFunctionError,
    maximumRetryAttempts: unlessInfinite(of.MaximumRetryAttempts),
    maximumRecordAge: age === undefined ? undefined : seconds(age),
    onFailureQueue:
      destination === undefined
        ? undefined
        : check(destinationShape, destination, logicalId).OnFailure.Destination['Fn::GetAtt'][0],
  };
}

function defaults(parameters: Record<string, { Default?: TemplateNode | undefined }>): Record<string, TemplateNode> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, { Default }]) => (Default === undefined ? [] : [[name, Default]])),
  );
}

function variablesOf(environment: TemplateNode | undefined): Mapping {
  return isMapping(environment) && isMapping(environment.Variables) ? environment.Variables : {};
}

function check<Shape extends v.GenericSchema>(shape: Shape, node: TemplateNode, where: string): v.InferOutput<Shape> {
  const result = v.safeParse(shape, node);
  if (!result.success) throw new TemplateError(`template.yaml, ${where}: ${v.summarize(result.issues)}`);
  return result.output;
}
