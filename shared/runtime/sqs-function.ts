import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { StoreError } from '../store/errors.ts';
import { seconds } from '../time.ts';
import { describeError } from './describe-error.ts';
import { addMetric, metricsOutput } from './metrics.ts';
import { logger } from './powertools.ts';
import { tracing } from './tracing.ts';

/**
 * Makes a handler for a queue with `ReportBatchItemFailures`: a message whose work rejects goes back to the queue, the
 * others do not. So does what there is no time left for: killed in the middle, the function would get all of them again.
 *
 * The messages that go back are counted, as `RedriveFailed` or `AuditFailed`, zeros too. An alarm has to go by that: SQS
 * leaves messages that were received more than three times out of the age of the oldest one.
 *
 * @param what names the work in logs and in the metric; the body is never logged
 * @param work handles the body of one message; `remaining` says how many milliseconds the invocation may still run
 */
export async function createQueueFunction(
  what: 'Redrive' | 'Audit',
  work: (body: string, remaining: () => number) => Promise<void>,
) {
  return middy<SQSEvent, SQSBatchResponse>()
    .use(await tracing())
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(metricsOutput())
    .handler(async ({ Records: messages }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
      const remaining = () => context.getRemainingTimeInMillis();
      const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
      for (const { messageId, body } of messages) {
        try {
          if (remaining() < LEAST_TIME) throw new OutOfTime('the invocation is about to run out of time');
          await work(body, remaining);
        } catch (error) {
          logger.error(`${what} failed: the message goes back to its queue`, {
            messageId,
            ...describeError(error),
            reason: storeMessage(error),
          });
          batchItemFailures.push({ itemIdentifier: messageId });
        }
      }
      addMetric(`${what}Failed`, batchItemFailures.length);
      return { batchItemFailures };
    });
}

/** Not begun, because the invocation would have ended first. */
class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** A message is not begun with less of the invocation left. */
const LEAST_TIME = seconds(5);

/** The message of a store's error, which is ours and quotes nothing. */
function storeMessage(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return [error, error.cause].find((candidate) => candidate instanceof StoreError)?.message;
}
