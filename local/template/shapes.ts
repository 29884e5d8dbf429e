import * as v from 'valibot';
import type { TemplateNode } from './document.ts';

/** A mapping of a template, whose values are still to be looked into. */
export type Mapping = { [name: string]: TemplateNode };
export type Resource = v.InferOutput<typeof resourceShape>;

const mapping = v.custom<Mapping>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'a mapping is expected',
);
const node = v.custom<TemplateNode>((value) => value !== undefined, 'a value is expected');
const resourceShape = v.object({ Type: v.string(), Properties: v.optional(mapping) });

/** The parts of a template that are looked into; the rest of it is for CloudFormation. */
export const rootShape = v.object({
  Parameters: v.record(v.string(), v.object({ Default: v.optional(node) })),
  Conditions: v.record(v.string(), node),
  Globals: v.object({ Function: mapping }),
  Resources: v.record(v.string(), resourceShape),
});

/** Environment variables, once they are evaluated. */
export const variablesShape = v.record(
  v.string(),
  v.pipe(
    v.union([v.string(), v.number(), v.boolean()]),
    v.transform((value) => String(value)),
  ),
);

/** `AWS::Serverless::Function`, with the defaults of Lambda. */
export const functionShape = v.object({
  CodeUri: v.pipe(v.string(), v.startsWith('dist/')),
  Timeout: v.optional(v.number(), 3),
  MemorySize: v.optional(v.number(), 128),
  Events: v.optional(v.record(v.string(), v.object({ Type: v.string(), Properties: node }))),
});

/** An event of the type `HttpApi`. */
export const routeShape = v.object({ Method: v.string(), Path: v.pipe(v.string(), v.startsWith('/')) });

const integer = (minimum: number, maximum: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(maximum));

/** An event of the type `DynamoDB`, with the limits and defaults of an event source mapping. */
export const eventSourceShape = v.object({
  StartingPosition: v.picklist(['TRIM_HORIZON', 'LATEST']),
  BatchSize: v.optional(integer(1, 10_000), 100),
  MaximumBatchingWindowInSeconds: v.optional(integer(0, 300), 0),
  FunctionResponseTypes: v.optional(v.array(v.string()), []),
  BisectBatchOnFunctionError: v.optional(v.boolean(), false),
  MaximumRetryAttempts: v.optional(integer(-1, 10_000), -1),
  MaximumRecordAgeInSeconds: v.optional(integer(-1, 604_800), -1),
});

/** An event of the type `SQS`, from a queue of the template. */
export const queueSourceShape = v.object({
  Queue: v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) }),
  BatchSize: v.optional(integer(1, 10), 10),
});

/** `AWS::SQS::Queue`, with the default of SQS. */
export const queueShape = v.object({ VisibilityTimeout: v.optional(integer(0, 43_200), 30) });

/** `DestinationConfig` with a queue of the template. */
export const destinationShape = v.object({
  OnFailure: v.object({ Destination: v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) }) }),
});

const keySchema = v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) }));

const anyTable = {
  TableName: v.string(),
  BillingMode: v.literal('PAY_PER_REQUEST'),
  AttributeDefinitions: v.array(v.object({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) })),
  KeySchema: keySchema,
};

/** `AWS::DynamoDB::Table`, as far as DynamoDB's own `CreateTable` takes the same. */
export const tableShape = v.object({
  ...anyTable,
  GlobalSecondaryIndexes: v.array(
    v.object({
      IndexName: v.string(),
      KeySchema: keySchema,
      Projection: v.object({ ProjectionType: v.picklist(['ALL', 'KEYS_ONLY']) }),
    }),
  ),
  // CloudFormation leaves out what the API wants to hear: that a stream with a view type is enabled.
  StreamSpecification: v.pipe(
    v.object({ StreamViewType: v.picklist(['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY']) }),
    v.transform((specification) => ({ ...specification, StreamEnabled: true })),
  ),
});

/** The table that is a cache: `CreateTable` takes all of it but for `TimeToLiveSpecification`. */
export const cacheTableShape = v.object({
  ...anyTable,
  TimeToLiveSpecification: v.object({ AttributeName: v.string(), Enabled: v.literal(true) }),
});
