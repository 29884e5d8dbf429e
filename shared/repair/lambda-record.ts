import type { AttributeValue, _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, AttributeValue as LambdaValue } from 'aws-lambda';

/**
 * Turns a record that the SDK read from a stream into the one that Lambda delivers: binaries as base64 text, times in
 * epoch seconds, the stream's ARN on each record.
 */
export function toLambdaRecord(source: StreamRecord, streamArn: string): DynamoDBRecord {
  const { Keys, NewImage, OldImage, ApproximateCreationDateTime: created, ...rest } = source.dynamodb ?? {};
  return {
    eventID: source.eventID,
    eventName: source.eventName,
    eventVersion: source.eventVersion,
    eventSource: source.eventSource,
    awsRegion: source.awsRegion,
    dynamodb: {
      ...(created && { ApproximateCreationDateTime: Math.floor(created.getTime() / 1_000) }),
      ...(Keys && { Keys: lambdaAttributes(Keys) }),
      ...(NewImage && { NewImage: lambdaAttributes(NewImage) }),
      ...(OldImage && { OldImage: lambdaAttributes(OldImage) }),
      ...rest,
    },
    // In an event these are written small: {"type":"Service","principalId":"dynamodb.amazonaws.com"} for TTL.
    ...(source.userIdentity && {
      userIdentity: { type: source.userIdentity.Type, principalId: source.userIdentity.PrincipalId },
    }),
    eventSourceARN: streamArn,
  };
}

function lambdaAttributes(attributes: Record<string, AttributeValue>): Record<string, LambdaValue> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, lambdaValue(value)]));
}

/** What is not binary, and holds nothing that could be, is the same for the SDK and for Lambda. */
function lambdaValue(value: AttributeValue): LambdaValue {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(lambdaValue) };
  if (value.M !== undefined) return { M: lambdaAttributes(value.M) };
  if (value.$unknown !== undefined) {
    throw new TypeError(`DynamoDB has a new type that is not known here: ${value.$unknown[0]}`);
  }
  return value;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
