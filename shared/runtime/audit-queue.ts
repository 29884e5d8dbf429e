import { type AuditSample, encodeSample } from '../repair/audit-sample.ts';
import type { Duration } from '../time.ts';
import { sendMessages } from './sqs.ts';

/** Sends samples to the audit queue, to be looked at later. */
export type AuditQueue = (samples: readonly AuditSample[]) => Promise<void>;

/** By the API's limit; more of one batch would not say more either. */
export const MAX_SAMPLES = 10;

/**
 * @param queueUrl value of `AUDIT_QUEUE_URL`
 * @param delay until the look; by then, the event of a change that was under way should have arrived
 */
export function createAuditQueue(queueUrl: string, delay: Duration): AuditQueue {
  return async (samples) => {
    if (samples.length === 0) return;
    await sendMessages(queueUrl, samples.slice(0, MAX_SAMPLES).map(encodeSample), delay);
  };
}
