import type { _Record, AttributeValue } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, AttributeValue as LambdaValue } from 'aws-lambda';
import { type Duration, minutes, seconds } from '../../shared/time.ts';

/** A record as it is handed to the function, with what the poller needs to know of it. */
export interface PolledRecord {
  readonly record: DynamoDBRecord;
  readonly sequenceNumber: string;
  /** Epoch milliseconds; the start of a second. */
  readonly createdAt: number;
  /** Size in an event, which Lambda limits to 6 MB. */
  readonly bytes: number;
}

/** How far the stream's creation times can be trusted. */
export type CreationTimes = 'exact' | 'rounded-to-minute';

/**
 * Turns a record that the SDK read into the one that Lambda delivers: binaries as base64 text, times in epoch seconds,
 * the stream's ARN on each record.
 *
 * @param seenAt when the poller first saw the record, epoch milliseconds; see {@link creationTime}
 */
export function polledRecord(source: _Record, streamArn: string, times: CreationTimes, seenAt: number): PolledRecord {
  const { Keys, NewImage, OldImage, ApproximateCreationDateTime, ...rest } = source.dynamodb ?? {};
  const createdAt = creationTime(ApproximateCreationDateTime?.getTime() ?? seenAt, times, seenAt);
  const record: DynamoDBRecord = {
    eventID: source.eventID,
    eventName: source.eventName,
    eventVersion: source.eventVersion,
    eventSource: source.eventSource,
    awsRegion: source.awsRegion,
    dynamodb: {
      ApproximateCreationDateTime: createdAt / 1_000,
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
  const bytes = Buffer.byteLength(JSON.stringify(record));
  return { record, sequenceNumber: source.dynamodb?.SequenceNumber ?? '', createdAt, bytes };
}

/**
 * The creation time to hand on, epoch milliseconds.
 *
 * DynamoDB Local rounds it down to the minute, where the service gives the second; a change of a second ago would look
 * up to a minute old, and whether an event is fresh could not be told. Then it is the second in which the poller first
 * saw the record, which is the true one while the poller keeps up. When it does not, the last second of the reported
 * minute bounds it: a record never looks younger than it can be by more than that minute.
 */
export function creationTime(reported: number, times: CreationTimes, seenAt: number): number {
  if (times === 'exact') return reported;
  const lastSecondOfMinute = reported + minutes(1) - seconds(1);
  return Math.max(reported, Math.min(wholeSecond(seenAt), lastSecondOfMinute));
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
  if (value.$unknown !== undefined)
    throw new TypeError(`DynamoDB has a new type that is not known here: ${value.$unknown[0]}`);
  return value;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const wholeSecond = (time: number): number => time - (time % (seconds(1) satisfies Duration));
