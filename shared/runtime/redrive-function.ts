import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { CacheMap } from '../map/cache-map.ts';
import { type FailedBatch, MalformedMessageError } from '../repair/failure-message.ts';
import { type RedriveReport, redrive } from '../repair/redrive.ts';
import { readStreamRange } from '../repair/stream-range.ts';
import { systemClock } from '../time.ts';
import { readEnvironment } from './environment.ts';
import { addMetric } from './metrics.ts';
import { connectObservedStore } from './observed-clients.ts';
import { runtimeOverrides } from './overrides.ts';
import { logger } from './powertools.ts';
import { createQueueFunction } from './sqs-function.ts';

/**
 * Makes the consumer of the failure and quarantine queues of a cache map.
 *
 * A message that it cannot read goes back to its queue like one that failed, although no retry will read it: it stands
 * for changes that nobody has applied, and to acknowledge it would swallow them. It is evidence, and if it is the form
 * that is new (the next release may know it), deploying that release redrives it. What the repetition costs is bounded:
 * one receive each visibility timeout, until the queue's retention ends it. Meanwhile `RedriveUnreadable` is not zero.
 *
 * @throws {ConfigurationError} when the environment lacks something: the function then fails at its start
 */
export async function createRedriveFunction(map: CacheMap) {
  const environment = readEnvironment(process.env);
  const { namespace } = environment;
  const store = await connectObservedStore(environment);
  const { clock = systemClock } = runtimeOverrides();
  const streams = new DynamoDBStreamsClient({});
  const readRange = (batch: FailedBatch) => readStreamRange(streams, batch);

  return createQueueFunction('Redrive', async (body, remaining) => {
    try {
      const report = await redrive(body, { map, namespace, store, clock, remaining, readRange });
      // Zeros too: alarms watch all but the first.
      addMetric('Redriven', report.records);
      addMetric('RedriveTrimmed', report.trimmed);
      addMetric('RedriveUnresolved', report.unresolved.length);
      addMetric('RedriveUnreadable', 0);
      logReport(report);
    } catch (error) {
      if (error instanceof MalformedMessageError) addMetric('RedriveUnreadable', 1);
      throw error;
    }
  });
}

function logReport({ lost, unresolved, ...figures }: RedriveReport): void {
  logger.info('redriven', figures);
  if (lost !== undefined) {
    const { streamArn, shardId, start, end } = lost;
    logger.error('records were trimmed from the stream before they could be redriven: what they changed is unknown', {
      ...{ streamArn, shardId, start, end },
      trimmed: figures.trimmed,
    });
  }
  if (unresolved.length > 0) {
    logger.error('records do not say which item they changed: every collection was renewed, items live out their TTL', {
      unresolved: unresolved.length,
      first: unresolved.slice(0, 10),
    });
  }
}
