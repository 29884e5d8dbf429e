import { LogLevelThreshold } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { CacheMap } from '../map/cache-map.ts';
import { createReader } from '../read/reader.ts';
import { type BatchResponse, createSync, type SyncDependencies } from '../sync/batch.ts';
import type { BatchReport } from '../sync/report.ts';
import type { Sampling } from '../sync/sampling.ts';
import { systemClock } from '../time.ts';
import { createAuditQueue, MAX_SAMPLES } from './audit-queue.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { keyHash } from './key-hash.ts';
import { metricsOutput } from './metrics.ts';
import { connectObservedStore, connectObservedTable } from './observed-clients.ts';
import { runtimeOverrides } from './overrides.ts';
import { logger } from './powertools.ts';
import { createQuarantine } from './quarantine.ts';
import { addSyncMetrics } from './sync-metrics.ts';
import { tracing } from './tracing.ts';

/**
 * Makes the stream consumer of a cache map: a Lambda handler for DynamoDB Streams with `ReportBatchItemFailures`,
 * configured by the environment.
 *
 * @throws {ConfigurationError} when the environment lacks something: the function then fails at its start
 */
export async function createSyncFunction(map: CacheMap) {
  const { observeBatch } = runtimeOverrides();
  const sync = createSync(await dependenciesOf(map, readEnvironment(process.env)));

  return middy<unknown, BatchResponse>()
    .use(await tracing())
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(metricsOutput())
    .handler(async (event: unknown, context: Context): Promise<BatchResponse> => {
      const { response, report } = await sync(event, () => context.getRemainingTimeInMillis());
      addSyncMetrics(report, response.batchItemFailures.length > 0);
      logDecisions(report);
      logTrouble(report, response);
      observeBatch?.(report);
      return response;
    });
}

async function dependenciesOf(map: CacheMap, environment: Environment): Promise<SyncDependencies> {
  const { clock = systemClock, quarantine = createQuarantine(environment.quarantineQueueUrl) } = runtimeOverrides();
  const store = await connectObservedStore(environment);
  const sampling = samplingOf(environment);
  const { namespace } = environment;
  const dependencies = { map, namespace, store, clock, quarantine, ...(sampling && { sampling }) };
  // Only a map that reloads collections makes this function a reader of the table.
  if (!map.collections.some(({ onChange }) => onChange === 'reload')) return dependencies;
  const reader = createReader({ ...dependencies, table: await connectObservedTable(environment) });
  return { ...dependencies, reload: reader.reload };
}

function samplingOf({ auditQueueUrl, auditShare, auditDelay }: Environment): Sampling | undefined {
  if (auditQueueUrl === undefined || auditShare === 0) return undefined;
  const send = createAuditQueue(auditQueueUrl, auditDelay);
  return { share: auditShare, random: Math.random, most: MAX_SAMPLES, send };
}

/** Every record's line for whoever debugs, by the hash of its key. */
function logDecisions({ records }: BatchReport): void {
  // Hashing the key of every record is not for a log that leaves them out.
  if (logger.level > LogLevelThreshold.DEBUG) return;
  for (const { entity, type, key, decision, reason, propagationDelay: delayMs } of records) {
    logger.debug('record', { entity, type, keyHash: key && keyHash(key), decision, reason, delayMs });
  }
}

/** What somebody may have to look into, without item data and without keys. */
function logTrouble(report: BatchReport, response: BatchResponse): void {
  for (const { entity, key, error } of report.projectionErrors) {
    logger.error('project failed: the entry was replaced by a tombstone', { entity, keyHash: keyHash(key), error });
  }
  const [first] = report.failures;
  if (first === undefined) return;
  logger.warn('batch not applied completely: Lambda retries from the first record that was not', {
    failed: report.failures.length,
    firstError: first.name,
    reason: first.message,
    retryFrom: response.batchItemFailures[0]?.itemIdentifier,
  });
}
