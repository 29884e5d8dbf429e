import { type AuditSample, encodeSample } from '../repair/audit-sample.ts';
import { type Duration, seconds } from '../time.ts';
import { messageText, sendMessages } from './sqs.ts';

/** Sends samples to the audit queue, to be looked at later. Rejects when the queue did not take them. */
export type AuditQueue = (samples: readonly AuditSample[]) => Promise<void>;

/** Samples of one batch at most: what one call takes. More of one batch would not say more either. */
export const MAX_SAMPLES = 10;

/**
 * @param queueUrl value of `AUDIT_QUEUE_URL`
 * @param delay until the look; by then, the event of a change that was under way should have arrived
 */
export function createAuditQueue(queueUrl: string, delay: Duration): AuditQueue {
  return (samples) => sendMessages(queueUrl, samples.map(encodeSample).map(messageText), { timeout: TIMEOUT, delay });
}

/** Short: sync waits for it with a batch in its hands. */
const TIMEOUT = seconds(2);
