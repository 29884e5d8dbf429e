import type { CacheMap } from '../map/cache-map.ts';
import type { AnyCollection, CollectionParams } from '../map/collection.ts';
import type { CacheStore } from '../store/port.ts';
import type { Clock } from '../time.ts';
import { type ApplyResult, type ApplySettings, apply } from './apply.ts';
import { nameOf, type Plan, plan, type Quarantined } from './plan.ts';
import { isObject, sequenceOf } from './record.ts';
import { ReloadQueue } from './reloads.ts';
import { type BatchReport, rejectedReport, reportOf, withoutQuarantine } from './report.ts';
import { type Sampling, sample } from './sampling.ts';

/** What Lambda is told: the first record to retry from, or nothing (`ReportBatchItemFailures`). */
export interface BatchResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

/** A record that somebody has to look at. */
export interface QuarantinedRecord {
  /** The record as it came; for an event that is not one, the event. */
  readonly record: unknown;
  readonly reason: string;
}

export interface SyncDependencies {
  readonly map: CacheMap;
  /** First part of every cache key, see `CACHE_NAMESPACE`. */
  readonly namespace: string;
  readonly store: CacheStore;
  readonly clock: Clock;
  /** Keeps records for somebody to look at. When it rejects, the batch is retried from the first of them. */
  readonly quarantine: (records: readonly QuarantinedRecord[]) => Promise<void>;
  /** Loads the first page of a collection that was renewed, once its index has settled. */
  readonly reload?: Reload;
  /** Picks keys for audit to look at later; none are picked without it. */
  readonly sampling?: Sampling;
  readonly settings?: Partial<ApplySettings>;
}

/** Queries the first page of a collection through the cache. */
export type Reload = (collection: AnyCollection, params: CollectionParams) => Promise<void>;

/** What one batch came to. */
export interface SyncResult {
  readonly response: BatchResponse;
  readonly report: BatchReport;
}

/** Handles one batch. `remaining` says how many milliseconds the invocation may still run. */
export type Sync = (event: unknown, remaining: () => number) => Promise<SyncResult>;

/** Records could not be set aside. They are delivered again, for as long as the stream keeps them. */
export class QuarantineFailure extends Error {
  override readonly name = 'QuarantineFailure';
}

/** An event or a record without what a partial batch response needs: the whole batch has to be retried. */
export class UnreportableFailure extends Error {
  override readonly name = 'UnreportableFailure';
}

/**
 * Makes the stream consumer: one batch in, the cache brought up to date, Lambda told where to retry from.
 *
 * Records of different keys run concurrently, those of one key never overtake each other, and nothing is swallowed:
 * what is not applied is reported, what cannot be understood is quarantined and its key distrusted.
 */
export function createSync(dependencies: SyncDependencies): Sync {
  const { map, namespace, store, clock, quarantine, sampling, settings } = dependencies;
  const reloads = new ReloadQueue(dependencies);

  return async (event, remaining) => {
    const records = recordsOf(event);
    if (records === undefined) return notAnEvent(event, quarantine);

    const planned = plan(records, map, namespace);
    const result = await apply(planned, { store, clock, remaining, ...(settings && { settings }) });
    const toRetry = indicesToRetry(result);

    let report = reportOf(planned, result);

    // What comes behind the first record to retry is delivered again, and set aside then: not once for each retry.
    const retryFrom = Math.min(...toRetry);
    const kept = quarantinedOf(planned, result).filter(({ index }) => index < retryFrom);
    if (kept.length > 0) {
      try {
        await quarantine(kept.map(({ index, reason }) => ({ record: records[index], reason })));
      } catch (cause) {
        const failure = new QuarantineFailure(`records could not be quarantined: ${nameOf(cause)}`, { cause });
        const indices = new Set(kept.map(({ index }) => index));
        for (const index of indices) toRetry.add(index);
        report = withoutQuarantine(report, indices, failure);
      }
    }
    await Promise.all([reloads.after(result, remaining), sampling && sample(result, sampling, remaining)]);
    return { response: responseFor(records, toRetry), report };
  };
}

function recordsOf(event: unknown): readonly unknown[] | undefined {
  return isObject(event) && Array.isArray(event.Records) ? event.Records : undefined;
}

/** Retrying would end as it did this time, for as long as the stream keeps its records: so it is set aside. */
async function notAnEvent(event: unknown, quarantine: SyncDependencies['quarantine']): Promise<SyncResult> {
  const reason = 'not a DynamoDB stream event: it has no list of "Records"';
  await quarantine([{ record: event, reason }]);
  return { response: { batchItemFailures: [] }, report: rejectedReport(reason) };
}

/** For each key that failed, its first record: everything from there on is delivered again. */
function indicesToRetry(result: ApplyResult): Set<number> {
  const indices = new Set<number>();
  const add = (records: readonly number[]): void => {
    const first = records[0];
    if (first !== undefined) indices.add(first);
  };
  for (const done of result.mutations) if (done.kind === 'failed') add(done.mutation.records);
  for (const done of result.renewals) if (done.kind === 'failed') add(done.renewal.records);
  return indices;
}

function quarantinedOf(planned: Plan, result: ApplyResult): Quarantined[] {
  const reasons = new Map(planned.quarantined.map(({ index, reason }) => [index, reason]));
  for (const done of [...result.mutations, ...result.renewals]) {
    if (done.kind !== 'impossible') continue;
    const { records } = 'mutation' in done ? done.mutation : done.renewal;
    for (const index of records) if (!reasons.has(index)) reasons.set(index, done.error.message);
  }
  return [...reasons].map(([index, reason]) => ({ index, reason })).sort((a, b) => a.index - b.index);
}

/** Lambda retries from the lowest sequence number that it is given, so the first in the batch's order is enough. */
function responseFor(records: readonly unknown[], toRetry: ReadonlySet<number>): BatchResponse {
  if (toRetry.size === 0) return { batchItemFailures: [] };
  for (let index = Math.min(...toRetry); index >= 0; index--) {
    // A record without a number is retried with the one before it.
    const sequence = sequenceOf(records[index]);
    if (sequence !== undefined) return { batchItemFailures: [{ itemIdentifier: sequence }] };
  }
  throw new UnreportableFailure('the records to retry have no sequence number: the whole batch has to be retried');
}
