import type { CacheMap } from '../map/cache-map.ts';
import { type AuditFinding, audit } from '../repair/audit.ts';
import { type AuditSample, decodeSample, MalformedSampleError } from '../repair/audit-sample.ts';
import { systemClock } from '../time.ts';
import { createAuditQueue } from './audit-queue.ts';
import { readEnvironment, requireAuditQueueUrl } from './environment.ts';
import { addMetric } from './metrics.ts';
import { connectObservedStore, connectObservedTable } from './observed-clients.ts';
import { runtimeOverrides } from './overrides.ts';
import { logger } from './powertools.ts';
import { createQueueFunction } from './sqs-function.ts';

/**
 * Makes the consumer of the audit queue of a cache map: compares sampled entries with the table a minute after they
 * were written, counts, and mends what is stale.
 *
 * A message that it cannot read is counted and acknowledged: with it, a measurement is lost and no change.
 *
 * @throws {ConfigurationError} when the environment lacks something: the function then fails at its start
 */
export async function createAuditFunction(map: CacheMap) {
  const environment = readEnvironment(process.env);
  const { namespace } = environment;
  const [store, table] = await Promise.all([connectObservedStore(environment), connectObservedTable(environment)]);
  const { clock = systemClock } = runtimeOverrides();
  const queue = createAuditQueue(requireAuditQueueUrl(environment), environment.auditDelay);

  return createQueueFunction('Audit', async (body) => {
    const sample = readSample(body);
    if (sample === undefined) return;
    const finding = await audit(sample, { map, namespace, store, table, clock });
    if (finding.kind === 'suspect') await queue([finding.again]);
    record(sample, finding);
  });
}

function readSample(body: string): AuditSample | undefined {
  try {
    return decodeSample(body);
  } catch (error) {
    if (!(error instanceof MalformedSampleError)) throw error;
    addMetric('AuditUnreadable', 1);
    logger.error('a message of the audit queue is not a sample', { reason: error.message });
    return undefined;
  }
}

/** Only looks that came to a verdict are checks; the others would dilute the consistency. */
function record({ entity }: AuditSample, finding: AuditFinding): void {
  switch (finding.kind) {
    case 'suspect':
      addMetric('AuditSuspect', 1);
      return;
    case 'undecided':
      addMetric('AuditUndecided', 1);
      logger.warn('audit undecided', { entity, reason: finding.reason });
      return;
    case 'right':
      recordVerdict(100);
      return;
    case 'stale':
      recordVerdict(0);
      addMetric('AuditStaleAge', finding.age);
      logger.error('a stale entry was found and tombstoned', { entity, ageMs: finding.age });
  }
}

/** The consistency of the cache is the average of this metric. The alarm watches the stale ones: zeros are counted too. */
function recordVerdict(percent: 0 | 100): void {
  addMetric('AuditChecked', 1);
  addMetric('AuditStale', percent === 0 ? 1 : 0);
  addMetric('Consistency', percent);
}
