import type { PrimaryKey } from '../entry/item.ts';
import type { LookDependencies } from '../repair/look.ts';
import type { ReadBudget } from '../scan/read-budget.ts';
import type { SegmentPosition } from '../scan/segments.ts';
import type { TableScanner } from '../scan/table-scanner.ts';
import type { Wait } from '../scan/wait.ts';
import type { CacheStore } from '../store/port.ts';
import type { Duration } from '../time.ts';
import { CheckpointError, fingerprint } from '../warm/checkpoint.ts';
import type { VerifyCheckpoint } from './checkpoint.ts';
import type { VerifyTally } from './tally.ts';
import { Verification } from './verification.ts';

export interface VerifyOptions extends LookDependencies {
  readonly store: Pick<CacheStore, 'get' | 'getMany' | 'setAlways'>;
  readonly scanner: TableScanner;
  readonly budget: ReadBudget;
  /** Segments of the table that are read side by side. */
  readonly segments: number;
  /** Share of the table to read, above 0 and up to 1: whole segments, so that the rest of it costs nothing. */
  readonly share: number;
  /** Items to look at; all of them if left out. */
  readonly limit?: number | undefined;
  /** Between two looks at an entry that disagrees: longer than the stream usually lags. */
  readonly patience: Duration;
  /** Replace what is stale by tombstones. */
  readonly repair: boolean;
  /** Names the table and the cache, so that no run continues one of others. */
  readonly identity: readonly string[];
  /** Where to continue; at the beginning if left out. */
  readonly checkpoint?: VerifyCheckpoint | undefined;
  /** Ends the run behind what is being looked at. */
  readonly signal: AbortSignal;
  /** Hears of progress. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Hears of each stale entry. */
  readonly onStale?: (found: StaleEntry) => void;
  /** Uniform in [0, 1); chooses the segments of a share. Default: `Math.random`. */
  readonly random?: () => number;
  /** Default: by a timer. */
  readonly wait?: Wait;
}

/** How far a run is. */
export interface VerifyProgress {
  readonly tally: VerifyTally;
  /** Items that were looked at, whether or not their looks have come to an end. */
  readonly lookedAt: number;
}

export interface StaleEntry {
  readonly entity: string;
  readonly primaryKey: PrimaryKey;
  /** Of the entry: it was wrong for that long at most. */
  readonly age: Duration;
}

/** How a run ended. */
export interface VerifyResult {
  readonly end:
    | { readonly kind: 'finished' }
    /** By the signal. */
    | { readonly kind: 'interrupted' }
    /** By an error of the cache or the table. */
    | { readonly kind: 'failed'; readonly error: unknown };
  /** Where it stands: to report, and to continue from if it has not finished. */
  readonly checkpoint: VerifyCheckpoint;
}

/**
 * Compares the entries of a table's items with the table.
 *
 * Looks at each item of the scan and then at its entry: if they disagree, a change between the two, or an event on its
 * way, would explain it, so both are looked at again after `patience`, by {@link look}. Only what is then exactly as it
 * was is stale.
 *
 * An entry of an item that the table no longer has is not among those looked at: a scan cannot know of it.
 *
 * @throws {CheckpointError} when the checkpoint is one of another table, cache or cache map
 */
export async function verify(options: VerifyOptions): Promise<VerifyResult> {
  const of = fingerprintOf(options);
  if (options.checkpoint !== undefined && options.checkpoint.of !== of) {
    throw new CheckpointError('The checkpoint is one of another table, cache or cache map.');
  }
  const segments = chosenSegments(options);
  return new Verification(
    options,
    options.checkpoint ?? { format: 1, of, segments, tally: {}, unmapped: 0, waiting: [] },
  ).run();
}

/** A share is read as so many segments of a table that is cut into more; the others count as read. */
function chosenSegments({ segments, share, random = Math.random }: VerifyOptions): SegmentPosition[] {
  const all = Math.max(segments, Math.min(MOST_SEGMENTS, Math.round(segments / share)));
  const positions = Array<SegmentPosition>(all).fill('read');
  const places = positions.map((_, i) => i);
  const wanted = Math.max(1, Math.min(segments, Math.round(share * all)));
  for (let chosen = 0; chosen < wanted; chosen += 1) {
    const [place = 0] = places.splice(Math.floor(random() * places.length), 1);
    positions[place] = 'unread';
  }
  return positions;
}

function fingerprintOf({ identity, namespace, map }: VerifyOptions): string {
  return fingerprint(['verify', ...identity, namespace, map.entities.map(({ name, version }) => `${name}@${version}`)]);
}

const MOST_SEGMENTS = 10_000;
