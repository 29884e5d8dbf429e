import type { QuarantinedRecord } from '../sync/batch.ts';
import { isObject } from '../sync/record.ts';
import { seconds } from '../time.ts';
import { logger } from './powertools.ts';
import { MAX_MESSAGE_BYTES, messageText, sendMessages } from './sqs.ts';

/** Keeps records that the sync function cannot understand, for somebody to look at. */
export type Quarantine = (records: readonly QuarantinedRecord[]) => Promise<void>;

/**
 * The quarantine queue; without one, each record's identity is logged as an error. What a record says that it made
 * stale has been tombstoned before it gets here.
 *
 * @param queueUrl value of `QUARANTINE_QUEUE_URL`
 * @returns a function that rejects when the queue did not take every record: the batch has to be retried
 */
export function createQuarantine(queueUrl: string | undefined): Quarantine {
  return async (records) => {
    for (const { record, reason } of records) logger.error('record quarantined', { reason, ...identityOf(record) });
    if (queueUrl !== undefined) await sendMessages(queueUrl, records.map(messageOf), { timeout: seconds(5) });
  };
}

/** The record itself where it fits; else without its images, which still says which key is concerned. */
function messageOf({ record, reason }: QuarantinedRecord): string {
  for (const form of [record, withoutImages(record)]) {
    // An invocation without an event has none; the message must say so, or nobody could read it.
    const message = messageText(JSON.stringify({ reason, record: form ?? null }));
    if (Buffer.byteLength(message) <= MAX_MESSAGE_BYTES) return message;
  }
  const { eventId, eventSourceArn, sequenceNumber } = identityOf(record);
  const identity = { eventID: eventId, eventSourceARN: eventSourceArn, dynamodb: { SequenceNumber: sequenceNumber } };
  return JSON.stringify({ reason, record: identity });
}

function withoutImages(record: unknown): unknown {
  if (!isObject(record) || !isObject(record.dynamodb)) return record;
  const { NewImage: _new, OldImage: _old, ...body } = record.dynamodb;
  return { ...record, dynamodb: body };
}

/** Where a record stands in which stream: enough to find it again, and none of its data. */
function identityOf(record: unknown) {
  const fields = isObject(record) ? record : {};
  const body = isObject(fields.dynamodb) ? fields.dynamodb : {};
  return {
    eventId: textLike(/^[\w-]{1,64}$/, fields.eventID),
    eventSourceArn: textLike(/^arn:[^:\s]+:dynamodb:[\w:/.-]{1,200}$/, fields.eventSourceARN),
    sequenceNumber: textLike(/^\d{1,40}$/, body.SequenceNumber),
  };
}

/** In a malformed record, anything may stand anywhere. */
function textLike(form: RegExp, value: unknown): string | undefined {
  return typeof value === 'string' && form.test(value) ? value : undefined;
}
