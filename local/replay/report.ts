import type { ReadOutcome } from '../../shared/read/outcome.ts';
import type { RecordDecision } from '../../shared/sync/report.ts';
import type { MetricSummary } from './embedded-metrics.ts';

/** What became of one record. */
export interface RecordLine {
  readonly file: string;
  /** Invocation within the file, from 1. */
  readonly batch: number;
  /** Place in the batch, from 1. */
  readonly number: number;
  /** `INSERT`, `MODIFY` or `REMOVE`; in a malformed record, whatever stands there. */
  readonly event: string | undefined;
  readonly entity: string | undefined;
  /** For people's eyes; `undefined` where the record has none. */
  readonly key: string | undefined;
  readonly decision: RecordDecision;
  readonly reason: string;
  /** Generations of collections that this record made the function replace. */
  readonly renewed: number;
  /** Milliseconds from the write of the item to the write of the entry. */
  readonly propagationDelay: number | undefined;
}

/** What the log of events implies for an entry. `throws`: the user's own code throws for what is in the table. */
export type Implied = 'value' | 'absent' | 'unknown' | 'throws';

/** One entry, or one page of a collection, read back after a batch. */
export interface EntryLine {
  readonly file: string;
  readonly batch: number;
  readonly kind: 'item' | 'page';
  /** The entity or the collection. */
  readonly name: string;
  /** For people's eyes. */
  readonly key: string;
  readonly cacheKey: string;
  /** What the function left in the cache, before anybody read it. */
  readonly stored: StoredKind;
  /** The newest event that the entry is known to reflect, as `label/sequence`; `*` for unknown. */
  readonly floor: string | undefined;
  /** Where the reader's answer came from. */
  readonly outcome: ReadOutcome;
  readonly implied: Implied;
  readonly agrees: boolean;
  /** Only where it does not agree. */
  readonly difference: Difference | undefined;
}

export type StoredKind =
  | 'value'
  | 'absent'
  | 'tombstone'
  | 'foreign'
  | 'nothing'
  /** A page of the current generation. */
  | 'page'
  /** A page of a generation that has been replaced. */
  | 'outdated';

export interface Difference {
  readonly problem: string;
  /** JSON text. */
  readonly answered: string | undefined;
  /** JSON text. */
  readonly implied: string | undefined;
}

/** A record that the function set aside. */
export interface QuarantineLine {
  readonly file: string;
  readonly batch: number;
  readonly number: number;
  readonly reason: string;
  readonly eventId: string | undefined;
  readonly sequenceNumber: string | undefined;
}

/** What one file came to. */
export interface FileReport {
  readonly file: string;
  readonly story: string;
  readonly batches: number;
  /** Epoch milliseconds: when its last batch was handled. */
  readonly handledAt: number;
  readonly records: readonly RecordLine[];
  /** Each entry as it was after the last batch that touched it, and as it was wherever it did not agree. */
  readonly entries: readonly EntryLine[];
  readonly quarantined: readonly QuarantineLine[];
}

interface Totals {
  readonly files: number;
  readonly batches: number;
  readonly records: number;
  readonly decisions: Readonly<Partial<Record<RecordDecision, number>>>;
  readonly entries: number;
  readonly agreeing: number;
}

/** What a replay came to. */
export interface ReplayReport {
  readonly store: string;
  readonly records: readonly RecordLine[];
  readonly entries: readonly EntryLine[];
  readonly totals: Totals;
  readonly disagreements: readonly EntryLine[];
  readonly metrics: readonly MetricSummary[];
  readonly quarantined: readonly QuarantineLine[];
  /** Cache keys that were written both conditionally and plainly; there must be none. */
  readonly mixedKeys: readonly string[];
}

/** Puts the reports of all files together. */
export function summarize(
  files: readonly FileReport[],
  rest: Pick<ReplayReport, 'store' | 'metrics' | 'mixedKeys'>,
): ReplayReport {
  const records = files.flatMap((file) => file.records);
  const entries = files.flatMap((file) => file.entries);
  const disagreements = entries.filter(({ agrees }) => !agrees);
  const decisions: Partial<Record<RecordDecision, number>> = {};
  for (const { decision } of records) decisions[decision] = (decisions[decision] ?? 0) + 1;
  return {
    ...rest,
    records,
    entries,
    disagreements,
    quarantined: files.flatMap((file) => file.quarantined),
    totals: {
      files: files.length,
      batches: files.reduce((total, { batches }) => total + batches, 0),
      records: records.length,
      decisions,
      entries: entries.length,
      agreeing: entries.length - disagreements.length,
    },
  };
}

/** Whether every change was applied and every entry agrees with the events. */
export function isGood({ disagreements, totals, mixedKeys }: ReplayReport): boolean {
  return disagreements.length === 0 && mixedKeys.length === 0 && (totals.decisions.failed ?? 0) === 0;
}
