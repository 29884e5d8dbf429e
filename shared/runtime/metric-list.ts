/**
 * Every metric that the functions emit; `docs/operations.md`, the dashboard and the alarms know no other. Tests hold
 * them against each other.
 *
 * What a dimension can hold is bounded by the code and the cache map: names of services, entities, collections and
 * reasons. Never a key: each combination of values is a metric that is paid for.
 */
export const METRICS = {
  // ---- a reader, for each answer
  Hit: { unit: 'Count', dimensions: ['service', 'entity'], meaning: 'Answers that the cache held.' },
  AbsentHit: {
    unit: 'Count',
    dimensions: ['service', 'entity'],
    meaning: 'Answers "there is no such item" that the cache held.',
  },
  Miss: {
    unit: 'Count',
    dimensions: ['service', 'entity'],
    meaning: 'Answers that the cache did not have and the table gave.',
  },
  Bypass: {
    unit: 'Count',
    dimensions: ['service', 'entity'],
    meaning: 'Answers that the table gave because the cache could not be asked.',
  },
  CacheLatency: {
    unit: 'Milliseconds',
    dimensions: ['service', 'entity'],
    meaning: 'Wait for the cache, for each answer.',
  },
  TableLatency: {
    unit: 'Milliseconds',
    dimensions: ['service', 'entity'],
    meaning: 'Wait for the table, for each answer that it gave.',
  },
  ForeignEntry: {
    unit: 'Count',
    dimensions: ['service', 'entity'],
    meaning: 'Stored bytes that are no entry of ours; they count as a miss and are overwritten.',
  },
  FillRefused: {
    unit: 'Count',
    dimensions: ['service', 'reason'],
    meaning:
      'Answers that were not put into the cache, by the reason: conflict, too-late, settling, store, rejected, ' +
      'unsupported-value.',
  },
  BreakerOpen: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'For each answer 1 if the breaker kept the cache off the path right then, else 0; the average is a share.',
  },

  // ---- an HTTP function, for each request
  Answered2xx: { unit: 'Count', dimensions: ['service'], meaning: 'Requests that were answered as asked.' },
  Answered4xx: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Requests that were refused as wrong, or whose item is not there.',
  },
  Answered5xx: { unit: 'Count', dimensions: ['service'], meaning: 'Requests that failed here.' },

  // ---- the synchronizer, for each batch
  Records: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Stream records received, repeated deliveries included.',
  },
  BatchFailed: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'For each batch 1 if Lambda was told to deliver part of it again, else 0.',
  },
  Refreshed: { unit: 'Count', dimensions: ['service'], meaning: 'Records whose new value was written over an entry.' },
  Prefilled: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Records whose value was cached before anybody asked.',
  },
  Absent: { unit: 'Count', dimensions: ['service'], meaning: 'Removals that were cached as "there is no such item".' },
  Tombstoned: { unit: 'Count', dimensions: ['service'], meaning: 'Records that marked an entry as outdated.' },
  Skipped: { unit: 'Count', dimensions: ['service'], meaning: 'Records that the entry already reflected.' },
  Unchanged: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Records that leave what is cached of the item as it was.',
  },
  Coalesced: { unit: 'Count', dimensions: ['service'], meaning: 'Records that a later one of their key stood for.' },
  NoEntity: { unit: 'Count', dimensions: ['service'], meaning: 'Records of items that are not cached.' },
  Quarantined: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Records that could not be understood and were set aside.',
  },
  Failed: { unit: 'Count', dimensions: ['service'], meaning: 'Records that were not applied and are delivered again.' },
  GenerationsRenewed: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Lists (parameter sets of collections) whose cached pages were made invalid.',
  },
  Conflicts: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Writes that somebody else came before, and that were decided anew.',
  },
  ProjectionErrors: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Items for which `project` threw; their entries are tombstones.',
  },
  StoreOperations: { unit: 'Count', dimensions: ['service'], meaning: 'Calls to the cache.' },
  PropagationDelay: {
    unit: 'Milliseconds',
    dimensions: ['service'],
    // A second of resolution where the promise is one of seconds: a stall of ten vanishes in the minute around it.
    resolution: 1,
    meaning: 'From the write of an item to the write of its entry.',
  },

  // ---- every function that uses the cache
  StoreThrottled: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Calls that the cache refused, their retries included, because of too much traffic.',
  },

  // ---- redrive, for each message; RedriveFailed for each invocation
  Redriven: { unit: 'Count', dimensions: ['service'], meaning: 'Records whose entries were replaced by tombstones.' },
  RedriveTrimmed: { unit: 'Count', dimensions: ['service'], meaning: 'Records that the stream no longer had.' },
  RedriveUnresolved: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Records that do not say which item they changed.',
  },
  RedriveUnreadable: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Messages that are neither a failure nor a quarantined record.',
  },
  RedriveFailed: { unit: 'Count', dimensions: ['service'], meaning: 'Messages that went back to their queue.' },

  // ---- audit, for each sample; AuditFailed for each invocation
  AuditChecked: { unit: 'Count', dimensions: ['service'], meaning: 'Entries that were compared with the table.' },
  AuditStale: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Entries that disagreed with the table and were tombstoned.',
  },
  Consistency: {
    unit: 'Percent',
    dimensions: ['service'],
    meaning: '100 for each entry that agreed with the table, 0 for each that did not; the average is the consistency.',
  },
  AuditStaleAge: { unit: 'Milliseconds', dimensions: ['service'], meaning: 'How long a stale entry had been there.' },
  AuditSuspect: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Entries that disagreed and are looked at once more.',
  },
  AuditUndecided: { unit: 'Count', dimensions: ['service'], meaning: 'Samples that could not be judged.' },
  AuditUnreadable: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Messages that are no sample; they are dropped.',
  },
  AuditFailed: { unit: 'Count', dimensions: ['service'], meaning: 'Samples that went back to their queue.' },

  // ---- warm, for each invocation
  WarmItems: { unit: 'Count', dimensions: ['service'], meaning: 'Items, or keys of a list, that were dealt with.' },
  WarmFilled: { unit: 'Count', dimensions: ['service'], meaning: 'Entries that were written.' },
  WarmPresent: { unit: 'Count', dimensions: ['service'], meaning: 'Entries that were there already.' },
  WarmContended: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Entries that others kept writing, and that were left to them.',
  },
  WarmUnstorable: {
    unit: 'Count',
    dimensions: ['service'],
    meaning: 'Items for which `project` threw, or that the cache does not take.',
  },
  WarmUnmapped: { unit: 'Count', dimensions: ['service'], meaning: 'Items that are not cached.' },
  WarmReadUnits: { unit: 'Count', dimensions: ['service'], meaning: 'Read units that the table charged.' },

  // ---- every function; emitted by Powertools
  ColdStart: {
    unit: 'Count',
    dimensions: ['service', 'function_name'],
    meaning: 'Execution environments that were started.',
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

interface MetricDefinition {
  readonly unit: 'Count' | 'Milliseconds' | 'Percent';
  /** `service` is `POWERTOOLS_SERVICE_NAME`; `entity` the name of an entity or a collection. */
  readonly dimensions: readonly ['service', ...('entity' | 'reason' | 'function_name')[]];
  /** Seconds for which CloudWatch keeps values apart: 60 unless said otherwise. */
  readonly resolution?: 1;
  readonly meaning: string;
}
