import { setTimeout as sleep } from 'node:timers/promises';
import cacheMap from '../../cache.config.ts';
import { audit } from '../../shared/repair/audit.ts';
import type { AuditSample } from '../../shared/repair/audit-sample.ts';
import { systemClock } from '../../shared/time.ts';
import { type Comparable, type Comparison, compareWithTable } from './comparison.ts';
import { SUBJECTS } from './subjects.ts';

/** What an audit of every key came to. */
export interface AuditFigures {
  readonly right: number;
  /** Found and repaired. */
  readonly stale: number;
  readonly undecided: number;
}

/** What was wrong, what the audit did, and what was wrong after it. */
export interface Repair {
  readonly found: Comparison;
  readonly audited: AuditFigures;
  readonly left: Comparison;
}

/** Compares with the table, audits every key, and compares again. */
export async function repairEverything(where: Comparable): Promise<Repair> {
  const found = await compareWithTable(where);
  const audited = await auditEverything(where);
  return { found, audited, left: await compareWithTable(where) };
}

/** Audits every key of every entity, with the two looks that it takes to call an entry stale. */
async function auditEverything(where: Comparable): Promise<AuditFigures> {
  const figures = { right: 0, stale: 0, undecided: 0 };
  let samples: AuditSample[] = SUBJECTS.map(({ entity, key }) => ({ entity: entity.name, primaryKey: { ...key } }));
  while (samples.length > 0) {
    const again: AuditSample[] = [];
    for (const sample of samples) {
      const finding = await audit(sample, { ...where, map: cacheMap, clock: systemClock });
      if (finding.kind === 'suspect') again.push(finding.again);
      else figures[finding.kind] += 1;
    }
    samples = again;
    await sleep(BETWEEN_LOOKS_MS);
  }
  return figures;
}

/** Longer than a stream lags that has been drained. */
const BETWEEN_LOOKS_MS = 500;
