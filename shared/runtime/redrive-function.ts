import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { CacheMap } from '../map/cache-map.ts';
import { redrive } from '../repair/redrive.ts';
import { readStreamRange } from '../repair/stream-range.ts';
import { systemClock } from '../time.ts';
import { connectStore } from './clients.ts';
import { readEnvironment } from './environment.ts';
import { runtimeOverrides } from './overrides.ts';
import { logger, metrics } from './powertools.ts';
import { createQueueFunction } from './sqs-function.ts';

/**
 * Makes the consumer of the failure and quarantine queues of a cache map.
 *
 * @throws {ConfigurationError} when the environment lacks something: the function then fails at its start
 */
export async function createRedriveFunction(map: CacheMap) {
  const environment = readEnvironment(process.env);
  const { namespace } = environment;
  const store = await connectStore(environment);
  const { clock = systemClock } = runtimeOverrides();
  const streams = new DynamoDBStreamsClient({});

  return createQueueFunction('redrive', async (body, remaining) => {
    const readRange = (batch: Parameters<typeof readStreamRange>[1]) => readStreamRange(streams, batch);
    const report = await redrive(body, { map, namespace, store, clock, remaining, readRange });
    metrics.addMetric('Redriven', MetricUnit.Count, report.records);
    metrics.addMetric('RedriveTrimmed', MetricUnit.Count, report.trimmed);
    const { lost, ...figures } = report;
    logger.info('redriven', figures);
    if (lost !== undefined) {
      logger.error('records were trimmed from the stream before they could be redriven: what they changed is unknown', {
        streamArn: lost.streamArn,
        shardId: lost.shardId,
        start: lost.start,
        end: lost.end,
        trimmed: report.trimmed,
      });
    }
  });
}
