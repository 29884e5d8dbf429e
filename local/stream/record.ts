import type { _Record } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { toLambdaRecord } from '../../shared/repair/lambda-record.ts';
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
  const created = source.dynamodb?.ApproximateCreationDateTime;
  const createdAt = creationTime(created?.getTime() ?? seenAt, times, seenAt);
  const stamped = { ...source.dynamodb, ApproximateCreationDateTime: new Date(createdAt) };
  const record = toLambdaRecord({ ...source, dynamodb: stamped }, streamArn);
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

const wholeSecond = (time: number): number => time - (time % (seconds(1) satisfies Duration));
