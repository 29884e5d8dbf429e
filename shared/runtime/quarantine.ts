import type { QuarantinedRecord } from '../sync/batch.ts';
import { isObject } from '../sync/record.ts';
import { logger } from './powertools.ts';
import { MAX_MESSAGE_BYTES, sendMessages } from './sqs.ts';

/** Keeps records that the sync function cannot understand, for somebody to look at. */
export type Quarantine = (records: readonly QuarantinedRecord[]) => Promise<void>;

/**
 * The quarantine queue; without one, each record's identity is logged as an error. What a record may have made stale
 * has been tombstoned before it gets here, so it is evidence that is kept, not freshness that is at stake.
 *
 * @param queueUrl value of `QUARANTINE_QUEUE_URL`
 */
export function createQuarantine(queueUrl: string | undefined): Quarantine {
  if (queueUrl === undefined) return logOnly;
  return async (records) => {
    await logOnly(records);
    await sendMessages(queueUrl, records.map(messageOf));
  };
}

/** The record itself where it fits; else without its images, which still says which key is concerned. */
function messageOf({ record, reason }: QuarantinedRecord): string {
  const whole = JSON.stringify({ reason, record });
  if (Buffer.byteLength(whole) <= MAX_MESSAGE_BYTES) return whole;
  const stripped = JSON.stringify({ reason, record: withoutImages(record) });
  return Buffer.byteLength(stripped) <= MAX_MESSAGE_BYTES
    ? stripped
    : JSON.stringify({ reason, record: identityOf(record) });
}

function withoutImages(record: unknown): unknown {
  if (!isObject(record) || !isObject(record.dynamodb)) return identityOf(record);
  const { NewImage: _new, OldImage: _old, ...body } = record.dynamodb;
  return { ...record, dynamodb: body };
}

async function logOnly(records: readonly QuarantinedRecord[]): Promise<void> {
  for (const { record, reason } of records) logger.error('record quarantined', { reason, ...identityOf(record) });
}

/** Where a record stands in which stream: enough to find it again, and none of its data. */
function identityOf(record: unknown): Record<string, unknown> {
  if (!isObject(record)) return {};
  const body = isObject(record.dynamodb) ? record.dynamodb : {};
  return {
    eventId: textOnly(record.eventID),
    eventSourceArn: textOnly(record.eventSourceARN),
    sequenceNumber: textOnly(body.SequenceNumber),
  };
}

/** In a malformed record, anything may stand anywhere. */
function textOnly(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, 200) : undefined;
}
