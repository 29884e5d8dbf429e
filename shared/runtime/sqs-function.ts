import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { logger, metrics } from './powertools.ts';
import { tracing } from './tracing.ts';

/**
 * Makes a handler for a queue with `ReportBatchItemFailures`: a message whose work rejects goes back to the queue, the
 * others do not.
 *
 * @param work handles the body of one message; `remaining` says how many milliseconds the invocation may still run
 * @param what names the work in logs; the body is never logged
 */
export async function createQueueFunction(
  what: string,
  work: (body: string, remaining: () => number) => Promise<void>,
) {
  return middy<SQSEvent, SQSBatchResponse>()
    .use(await tracing())
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(logMetrics(metrics, { captureColdStartMetric: true }))
    .handler(async ({ Records: messages }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
      const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
      for (const { messageId, body } of messages) {
        try {
          await work(body, () => context.getRemainingTimeInMillis());
        } catch (error) {
          logger.error(`${what} failed: the message goes back to its queue`, {
            messageId,
            error: error instanceof Error ? error.name : typeof error,
            reason: error instanceof Error ? error.message : undefined,
          });
          batchItemFailures.push({ itemIdentifier: messageId });
        }
      }
      return { batchItemFailures };
    });
}
