import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { CacheMap } from '../map/cache-map.ts';
import { audit } from '../repair/audit.ts';
import { decodeSample } from '../repair/audit-sample.ts';
import { systemClock } from '../time.ts';
import { createAuditQueue } from './audit-queue.ts';
import { connectStore, connectTable } from './clients.ts';
import { readEnvironment, requireAuditQueueUrl } from './environment.ts';
import { runtimeOverrides } from './overrides.ts';
import { logger, metrics } from './powertools.ts';
import { createQueueFunction } from './sqs-function.ts';

/**
 * Makes the consumer of the audit queue of a cache map: compares sampled entries with the table a minute after they
 * were written, counts, and mends what is stale.
 *
 * @throws {ConfigurationError} when the environment lacks something: the function then fails at its start
 */
export async function createAuditFunction(map: CacheMap) {
  const environment = readEnvironment(process.env);
  const { namespace } = environment;
  const [store, table] = await Promise.all([connectStore(environment), connectTable(environment)]);
  const { clock = systemClock } = runtimeOverrides();
  const queue = createAuditQueue(requireAuditQueueUrl(environment), environment.auditDelay);

  return createQueueFunction('audit', async (body) => {
    const sample = decodeSample(body);
    const finding = await audit(sample, { map, namespace, store, table, clock });
    if (finding.kind === 'suspect') {
      await queue([finding.again]);
      return;
    }
    metrics.addMetric('AuditChecked', MetricUnit.Count, 1);
    const stale = finding.kind === 'stale';
    // Zeros too: the alarm watches this one, and the consistency is its average.
    metrics.addMetric('AuditStale', MetricUnit.Count, stale ? 1 : 0);
    metrics.addMetric('Consistency', MetricUnit.Percent, stale ? 0 : 100);
    if (finding.kind === 'undecided') logger.warn('audit undecided', { entity: sample.entity, reason: finding.reason });
    if (finding.kind !== 'stale') return;
    if (finding.age !== undefined) metrics.addMetric('AuditStaleAge', MetricUnit.Milliseconds, finding.age);
    logger.error('a stale entry was found and tombstoned', { entity: sample.entity, ageMs: finding.age });
  });
}
