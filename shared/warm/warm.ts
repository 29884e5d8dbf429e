import { type SegmentPosition, scanSegments } from '../scan/segments.ts';
import type { TableScanner } from '../scan/table-scanner.ts';
import { type Checkpoint, CheckpointError, fingerprint } from './checkpoint.ts';
import { NOTHING, type Outcome, tallied } from './tally.ts';
import type { Target } from './target.ts';
import { Warmer, type WarmerDependencies } from './warmer.ts';

/** What is to be warmed. */
export type WarmSource =
  /** Every item of the table, by a scan of so many segments side by side. A run that is continued keeps its own number. */
  | { readonly kind: 'table'; readonly segments: number }
  /** Keys, in this order; none of them twice. */
  | { readonly kind: 'keys'; readonly targets: readonly Target[] };

export interface WarmOptions extends WarmerDependencies {
  readonly scanner: TableScanner;
  readonly source: WarmSource;
  /** Names the table and the cache, so that no run continues one of others. */
  readonly identity: readonly string[];
  /** Where to continue; at the beginning if left out. */
  readonly checkpoint?: Checkpoint | undefined;
  /** Ends the run behind what is being dealt with. */
  readonly signal: AbortSignal;
  /** Hears of each page, by where the run stands behind it. Keep the newest: it is where to continue after a failure. */
  readonly onProgress: (checkpoint: Checkpoint) => void;
}

/** How a run ended. */
export interface WarmResult {
  /** `false`: the signal ended it. */
  readonly finished: boolean;
  readonly checkpoint: Checkpoint;
}

/**
 * Warms a cache: makes entries of items before anybody asks for them. Only items: lists are filled by whoever asks first.
 *
 * @throws {CheckpointError} when the checkpoint is one of another table, cache, cache map or list of keys
 * @throws {StoreError} when the cache fails, and the table's errors: continue from the checkpoint that was heard of last
 */
export async function warm(options: WarmOptions): Promise<WarmResult> {
  const { source, signal, budget, onProgress } = options;
  const run = { of: fingerprintOf(options), position: beginningOf(source), tally: NOTHING };
  let checkpoint: Checkpoint = options.checkpoint ?? { format: 1, ...run };
  if (checkpoint.of !== run.of) {
    throw new CheckpointError('The checkpoint is one of another table, cache, cache map or list of keys.');
  }
  const spentBefore = checkpoint.tally.readUnits;
  const advance = (position: Checkpoint['position'], outcomes: readonly Outcome[]): void => {
    const readUnits = spentBefore + budget.spent();
    checkpoint = { ...checkpoint, position, tally: { ...tallied(checkpoint.tally, outcomes), readUnits } };
    onProgress(checkpoint);
  };
  try {
    const { position } = checkpoint;
    if ('segments' in position) await warmTable(position.segments, options, advance);
    else if (source.kind === 'keys') await warmList(source.targets, position.keys, options, advance);
  } catch (error) {
    // Work that the signal ended in the middle counts as not done.
    if (!signal.aborted) throw error;
  }
  return { finished: isFinished(checkpoint.position, source), checkpoint };
}

type Advance = (position: Checkpoint['position'], outcomes: readonly Outcome[]) => void;

async function warmTable(positions: readonly SegmentPosition[], options: WarmOptions, advance: Advance): Promise<void> {
  const { scanner, budget, clock, signal } = options;
  const warmer = new Warmer(options);
  await scanSegments({
    table: scanner,
    ...{ budget, clock, signal },
    positions,
    visit: (page) => warmer.warmPage(page, signal),
    onPage: (outcomes, segments) => advance({ segments }, outcomes),
  });
}

async function warmList(
  targets: readonly Target[],
  begin: number,
  options: WarmOptions,
  advance: Advance,
): Promise<void> {
  const { signal } = options;
  const warmer = new Warmer(options);
  for (let done = begin; done < targets.length && !signal.aborted; ) {
    const batch = targets.slice(done, done + KEYS_AT_ONCE);
    const outcomes = await warmer.warmKeys(batch, signal);
    done += batch.length;
    advance({ keys: done }, outcomes);
  }
}

function beginningOf(source: WarmSource): Checkpoint['position'] {
  if (source.kind === 'keys') return { keys: 0 };
  return { segments: Array<SegmentPosition>(source.segments).fill('unread') };
}

function isFinished(position: Checkpoint['position'], source: WarmSource): boolean {
  if ('segments' in position) return position.segments.every((segment) => segment === 'read');
  return source.kind === 'keys' && position.keys >= source.targets.length;
}

/** The versions of the entities are part of their keys: a run of the ones before has warmed other entries. */
function fingerprintOf({ identity, namespace, map, source }: WarmOptions): string {
  const entities = map.entities.map(({ name, version }) => `${name}@${version}`);
  const what = source.kind === 'table' ? 'table' : source.targets.map(({ key }) => key);
  return fingerprint([...identity, namespace, entities, what]);
}

/** As many as the table reads with one request. */
const KEYS_AT_ONCE = 100;
