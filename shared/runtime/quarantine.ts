import type { SQSClient } from '@aws-sdk/client-sqs';
import type { QuarantinedRecord } from '../sync/batch.ts';
import { isObject } from '../sync/record.ts';
import { logger } from './powertools.ts';

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
  // Loaded with the first record: most functions never need it.
  let client: Promise<SQSClient> | undefined;
  return async (records) => {
    await logOnly(records);
    const { SendMessageBatchCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    client ??= Promise.resolve(new SQSClient({}));
    const sqs = await client;
    for (let start = 0; start < records.length; start += MESSAGES_PER_CALL) {
      const entries = records.slice(start, start + MESSAGES_PER_CALL).map((record, i) => ({
        Id: String(i),
        MessageBody: messageOf(record),
      }));
      const { Failed: failed = [] } = await sqs.send(
        new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }),
      );
      if (failed.length > 0)
        throw new Error(`the quarantine queue refused ${failed.length} of ${entries.length} messages`);
    }
  };
}

/** By the API's limit: at most ten messages, and 256 KB in all, so that each may have a tenth of it. */
const MESSAGES_PER_CALL = 10;
const MESSAGE_BYTES = 25_000;

/** The record itself where it fits; else what is needed to find it in the stream. */
function messageOf({ record, reason }: QuarantinedRecord): string {
  const whole = JSON.stringify({ reason, record });
  return Buffer.byteLength(whole) <= MESSAGE_BYTES ? whole : JSON.stringify({ reason, identity: identityOf(record) });
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
