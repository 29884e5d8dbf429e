import type { TableReader } from '../read/table.ts';
import type { CacheStore } from '../store/port.ts';
import type { SyncDependencies } from '../sync/batch.ts';
import type { BatchReport } from '../sync/report.ts';
import type { Clock } from '../time.ts';

/** What a local tool puts in the place of what the environment would give. */
export interface RuntimeOverrides {
  readonly clock?: Clock;
  readonly store?: CacheStore;
  readonly table?: TableReader;
  readonly quarantine?: SyncDependencies['quarantine'];
  /** Told what became of each batch. The report names keys: it is not for logs. */
  readonly observeBatch?: (report: BatchReport) => void;
}

let overrides: RuntimeOverrides = {};

/**
 * Sets what functions that are imported from now on use instead of what the environment would give them. A deployed
 * function is configured by environment variables alone; this is how the replay owns the clock of the very module that
 * is deployed.
 */
export function overrideRuntime(replacement: RuntimeOverrides): void {
  overrides = replacement;
}

export function runtimeOverrides(): RuntimeOverrides {
  return overrides;
}
