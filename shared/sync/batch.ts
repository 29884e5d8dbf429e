import type { CacheMap } from '../map/cache-map.ts';
import type { AnyCollection, CollectionParams } from '../map/collection.ts';
import { settlingTime } from '../protocol.ts';
import type { CacheStore } from '../store/port.ts';
import { type Clock, seconds } from '../time.ts';
import { type ApplyResult, type ApplySettings, apply } from './apply.ts';
import { type Plan, plan, type Quarantined } from './plan.ts';
import { isObject, sequenceOf } from './record.ts';
import { type BatchReport, rejectedReport, reportOf } from './report.ts';
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
  readonly reload?: (collection: AnyCollection, params: CollectionParams) => Promise<void>;
  /** Picks keys for audit to look at later; none are picked without it. */
  readonly sampling?: Sampling;
  readonly settings?: Partial<ApplySettings>;
}

/** What one batch came to. */
export interface SyncResult {
  readonly response: BatchResponse;
  readonly report: BatchReport;
}

/** Handles one batch. `remaining` says how many milliseconds the invocation may still run. */
export type Sync = (event: unknown, remaining: () => number) => Promise<SyncResult>;

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

    const kept = quarantinedOf(planned, result).filter(({ index }) => !toRetry.has(index));
    if (kept.length > 0) {
      try {
        await quarantine(kept.map(({ index, reason }) => ({ record: records[index], reason })));
      } catch {
        for (const { index } of kept) toRetry.add(index);
      }
    }
    await Promise.all([reloads.after(result, remaining), sampling && sample(result, sampling)]);
    return { response: responseFor(records, toRetry), report: reportOf(planned, result) };
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
  const impossible = result.mutations.flatMap((done) =>
    done.kind === 'impossible' ? done.mutation.records.map((index) => ({ index, reason: done.error.message })) : [],
  );
  return [...planned.quarantined, ...impossible].sort((a, b) => a.index - b.index);
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

/** Reloads kept waiting at most; a reader loads what does not fit. */
const MAX_RELOADS = 1_000;

/** Reloads are not begun with less of the invocation left. */
const RELOAD_RESERVE = seconds(5);

/**
 * Loads renewed pages again. Where the index lags (`settle`), waiting for it would hold up the shard, so that load is
 * left to the next batch that this process handles; a reader that comes first loads the page itself.
 */
class ReloadQueue {
  readonly #due = new Map<string, { collection: AnyCollection; params: CollectionParams; at: number }>();
  readonly #clock: Clock;
  readonly #reload: SyncDependencies['reload'];

  constructor({ clock, reload }: SyncDependencies) {
    this.#clock = clock;
    this.#reload = reload;
  }

  async after({ renewals }: ApplyResult, remaining: () => number): Promise<void> {
    const reload = this.#reload;
    if (reload === undefined) return;
    const now = this.#clock.now();
    for (const { kind, renewal } of renewals) {
      const { key, collection, params } = renewal;
      if (kind === 'failed' || params === undefined || collection.onChange !== 'reload') continue;
      if (this.#due.size < MAX_RELOADS || this.#due.has(key)) {
        this.#due.set(key, { collection, params, at: now + settlingTime(collection.settle) });
      }
    }
    const ready = [...this.#due].filter(([, { at }]) => at <= now);
    for (const [key] of ready) this.#due.delete(key);
    if (ready.length === 0 || remaining() < RELOAD_RESERVE) return;
    // A reload is a favour: when it fails, the next reader loads the page.
    await Promise.allSettled(ready.map(([, { collection, params }]) => reload(collection, params)));
  }
}
