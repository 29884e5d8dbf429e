import { epochKey } from '../map/cache-key.ts';
import type { CacheMap } from '../map/cache-map.ts';
import type { CacheStore } from '../store/port.ts';
import { type ApplyResult, apply } from '../sync/apply.ts';
import { type Plan, plan, type Renewal } from '../sync/plan.ts';
import { sequenceOf } from '../sync/record.ts';
import type { Clock } from '../time.ts';
import { type FailedBatch, readFailureMessage } from './failure-message.ts';
import type { StreamRange } from './stream-range.ts';

/** What the redrive of one message came to. Names no key and holds no item data. */
export interface RedriveReport {
  /** Records that were found again, or came with the message. */
  readonly records: number;
  /** Records that the stream no longer holds: what they changed cannot be told. */
  readonly trimmed: number;
  /** Entries replaced by a tombstone. */
  readonly tombstoned: number;
  /** Generations replaced. */
  readonly renewed: number;
  /** Where the records that could not be recovered were. */
  readonly lost: FailedBatch | undefined;
  /** Records of which cannot be told what item they changed. */
  readonly unresolved: readonly UnresolvedRecord[];
}

/** A record that is there, but does not say which item it is about. */
export interface UnresolvedRecord {
  readonly sequenceNumber: string | undefined;
  /** Never quotes the record. */
  readonly reason: string;
}

export interface RedriveDependencies {
  readonly map: CacheMap;
  readonly namespace: string;
  readonly store: CacheStore;
  readonly clock: Clock;
  /** Milliseconds that the invocation may still run. */
  readonly remaining: () => number;
  /** Reads records again from the stream. */
  readonly readRange: (batch: FailedBatch) => Promise<StreamRange>;
}

/** Not everything could be redriven now. Whatever was done may be done again. */
export class RedriveIncomplete extends Error {
  override readonly name = 'RedriveIncomplete';
}

/**
 * Makes good what a message of the failure or quarantine queue may have left stale: every item concerned gets an
 * unconditional tombstone with an unknown floor, every collection concerned new generations. Never a value and never a
 * known floor, because the records are old and the table has moved on; that also makes it idempotent.
 *
 * When records were trimmed from the stream, or do not say what they are about, every collection's epoch is replaced,
 * since any may be concerned; the items that they changed cannot be told, and the report says so.
 *
 * @param dryRun report, but change nothing
 * @throws {MalformedMessageError} when the message is not one of theirs
 * @throws {RedriveIncomplete} when the store failed or time ran out: keep the message
 * @throws whatever `readRange` does: keep the message
 */
export async function redrive(
  message: string,
  dependencies: RedriveDependencies,
  dryRun = false,
): Promise<RedriveReport> {
  const { map, namespace, store, clock, remaining, readRange } = dependencies;
  const failed = readFailureMessage(message);
  const { records, trimmed } =
    failed.kind === 'range' ? await readRange(failed) : { records: failed.records, trimmed: 0 };

  const planned = plan(records, map, namespace);
  const unresolved = unresolvedOf(planned, records);
  const isWhole = trimmed === 0 && unresolved.length === 0;
  const repair = {
    ...planned,
    mutations: planned.mutations.map((mutation) => ({ ...mutation, distrust: true })),
    renewals: isWhole ? planned.renewals : withEveryEpoch(planned.renewals, map, namespace),
  };
  const impossible = dryRun ? 0 : countImpossible(await apply(repair, { store, clock, remaining }));
  return {
    records: records.length,
    trimmed,
    tombstoned: repair.mutations.length - impossible,
    renewed: repair.renewals.length,
    lost: failed.kind === 'range' && trimmed > 0 ? failed : undefined,
    unresolved,
  };
}

/** Quarantined for another reason than these, a record still names its item, which is distrusted like the others. */
function unresolvedOf({ quarantined, records }: Plan, source: readonly unknown[]): UnresolvedRecord[] {
  return quarantined
    .filter(({ index }) => records[index]?.key === undefined)
    .map(({ index, reason }) => ({ sequenceNumber: sequenceOf(source[index]), reason }));
}

function withEveryEpoch(renewals: readonly Renewal[], map: CacheMap, namespace: string): Renewal[] {
  const known = new Set(renewals.map(({ key }) => key));
  const epochs = map.collections.map((collection) => ({
    key: epochKey(namespace, collection),
    collection,
    params: undefined,
    records: [],
  }));
  return [...renewals, ...epochs.filter(({ key }) => !known.has(key))];
}

/** A key that the store never takes has no entry that could be stale. */
function countImpossible({ mutations, renewals }: ApplyResult): number {
  const failed = [...mutations, ...renewals].find((done) => done.kind === 'failed');
  if (failed?.kind === 'failed') {
    throw new RedriveIncomplete('not everything was written: redrive the message again', { cause: failed.error });
  }
  return mutations.filter(({ kind }) => kind === 'impossible').length;
}
