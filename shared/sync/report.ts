import type { EntryKey } from '../store/port.ts';
import type { ApplyResult, MutationResult } from './apply.ts';
import type { Mutation, Plan, PlannedRecord } from './plan.ts';
import type { Change } from './record.ts';

/** What became of one stream record. */
export type RecordDecision =
  | 'refreshed'
  | 'prefilled'
  | 'absent'
  | 'tombstoned'
  | 'skipped'
  | 'unchanged'
  | 'coalesced'
  | 'no-entity'
  | 'quarantined'
  | 'failed';

/** One record's line in the report of a batch: for the replay, the console and `tail`; never for logs, it names the key. */
export interface RecordOutcome {
  readonly index: number;
  readonly type: Change['type'] | undefined;
  readonly entity: string | undefined;
  readonly key: EntryKey | undefined;
  readonly decision: RecordDecision;
  readonly reason: string;
  /** Generations that this record made the batch replace. */
  readonly renewed: number;
  /** Milliseconds from the write of the item to the write of the entry; only where there was one. */
  readonly propagationDelay: number | undefined;
}

/** The user's `project` threw for an item, or made something that cannot be stored. */
export interface ProjectionError {
  readonly entity: string;
  readonly key: EntryKey;
  /** The class of the error; its message is the user's and may quote the item. */
  readonly error: string;
}

/** What became of a batch. */
export interface BatchReport {
  readonly records: readonly RecordOutcome[];
  readonly storeOperations: number;
  readonly conflicts: number;
  /** Generations that were replaced. */
  readonly renewals: number;
  readonly projectionErrors: readonly ProjectionError[];
  /** Errors of the store, one for each entry or generation that was not brought up to date. */
  readonly failures: readonly Error[];
}

/** Joins what was planned with what was done, record by record. */
export function reportOf(plan: Plan, result: ApplyResult): BatchReport {
  const byMutation = new Map<EntryKey, MutationResult>(result.mutations.map((done) => [done.mutation.key, done]));
  const failedRenewals = new Set<number>();
  const failures: Error[] = [];
  const quarantineReasons = new Map(plan.quarantined.map(({ index, reason }) => [index, reason]));
  for (const done of result.renewals) {
    if (done.kind === 'renewed') continue;
    if (done.kind === 'failed') failures.push(done.error);
    for (const index of done.renewal.records) {
      if (done.kind === 'failed') failedRenewals.add(index);
      else quarantineReasons.set(index, done.error.message);
    }
  }
  const projectionErrors: ProjectionError[] = [];
  for (const done of result.mutations) {
    if (done.kind === 'failed') failures.push(done.error);
    if (done.kind === 'impossible') {
      for (const index of done.mutation.records) quarantineReasons.set(index, done.error.message);
    }
    const error = done.kind === 'written' ? done.write.projectionError : undefined;
    if (error !== undefined)
      projectionErrors.push({ entity: done.mutation.entity.name, key: done.mutation.key, error });
  }

  const records = plan.records.map((planned): RecordOutcome => {
    const done = planned.key === undefined ? undefined : byMutation.get(planned.key);
    const line = {
      index: planned.index,
      type: planned.type,
      entity: planned.entity?.name,
      key: planned.key,
      renewed: planned.renews,
      propagationDelay: undefined,
    };
    const quarantineReason = quarantineReasons.get(planned.index);
    if (done?.kind === 'failed') return { ...line, decision: 'failed', reason: done.error.message };
    if (failedRenewals.has(planned.index))
      return { ...line, decision: 'failed', reason: 'a generation was not replaced' };
    if (quarantineReason !== undefined) return { ...line, decision: 'quarantined', reason: quarantineReason };
    if (planned.fate === 'no-entity')
      return { ...line, decision: 'no-entity', reason: 'no entity of the map has such a key' };
    if (planned.fate === 'unchanged') {
      return { ...line, decision: 'unchanged', reason: 'it leaves the projection of the item as it was' };
    }
    return done === undefined
      ? { ...line, decision: 'no-entity', reason: 'nothing to do' }
      : { ...line, ...outcomeOf(done, planned.index) };
  });
  return {
    records,
    storeOperations: result.storeOperations,
    conflicts: result.conflicts,
    renewals: result.renewals.filter(({ kind }) => kind === 'renewed').length,
    projectionErrors,
    failures,
  };
}

/** The same when records could not be quarantined after all: they are delivered again. */
export function withoutQuarantine(report: BatchReport, indices: ReadonlySet<number>, failure: Error): BatchReport {
  const records = report.records.map((record): RecordOutcome => {
    return indices.has(record.index) ? { ...record, decision: 'failed', reason: failure.message } : record;
  });
  return { ...report, records, failures: [...report.failures, failure] };
}

/** The report of an event that is not one: it stands for a single record, quarantined. */
export function rejectedReport(reason: string): BatchReport {
  const record: PlannedRecord = {
    index: 0,
    type: undefined,
    entity: undefined,
    key: undefined,
    fate: 'quarantined',
    renews: 0,
  };
  return reportOf(
    { mutations: [], renewals: [], quarantined: [{ index: 0, reason }], records: [record] },
    { mutations: [], renewals: [], storeOperations: 0, conflicts: 0 },
  );
}

function outcomeOf(
  done: MutationResult,
  index: number,
): Pick<RecordOutcome, 'decision' | 'reason' | 'propagationDelay'> {
  const last = lastChange(done.mutation);
  if (last !== undefined && last.index !== index) {
    return {
      decision: 'coalesced',
      reason: `handled together with record ${last.index + 1}`,
      propagationDelay: undefined,
    };
  }
  switch (done.kind) {
    case 'kept':
      return { decision: 'skipped', reason: done.reason, propagationDelay: undefined };
    case 'written':
      return {
        decision: done.write.outcome,
        reason: done.write.reason,
        propagationDelay: last === undefined ? undefined : Math.max(0, done.at - last.createdAt),
      };
    case 'impossible':
      return { decision: 'quarantined', reason: done.error.message, propagationDelay: undefined };
    case 'failed':
      return { decision: 'failed', reason: done.error.message, propagationDelay: undefined };
  }
}

function lastChange({ changes }: Mutation): Change | undefined {
  return changes.at(-1);
}
