import type { PrimaryKey } from '../entry/item.ts';
import { decodeSample, encodeSample } from '../repair/audit-sample.ts';
import { answerOf, compareWithTable } from '../repair/comparison.ts';
import { type LookDependencies, look, mend, suspect } from '../repair/look.ts';
import type { ReadBudget } from '../scan/read-budget.ts';
import { type LoadedPage, type SegmentPosition, scanSegments } from '../scan/segments.ts';
import type { TableScanner } from '../scan/table-scanner.ts';
import { timer, type Wait } from '../scan/wait.ts';
import { refusesEntry } from '../store/errors.ts';
import type { CacheStore, EntryKey } from '../store/port.ts';
import { type Duration, seconds } from '../time.ts';
import { CheckpointError, fingerprint } from '../warm/checkpoint.ts';
import { type Target, targetOf } from '../warm/target.ts';
import type { VerifyCheckpoint } from './checkpoint.ts';
import { SecondLooks } from './second-looks.ts';
import { counted, total, type VerifyTally } from './tally.ts';

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

class Verification {
  readonly #options: VerifyOptions;
  readonly #looks: SecondLooks;
  /** Ends the scan: enough items were looked at, or the looks failed. */
  readonly #ending = new AbortController();
  readonly #scanSignal: AbortSignal;
  readonly #of: string;
  #segments: readonly SegmentPosition[];
  #tally: VerifyTally;
  #unmapped: number;
  /** Items that may still be looked at. */
  #left: number;

  constructor(options: VerifyOptions, checkpoint: VerifyCheckpoint) {
    this.#options = options;
    this.#of = checkpoint.of;
    this.#segments = checkpoint.segments;
    this.#tally = checkpoint.tally;
    this.#unmapped = checkpoint.unmapped;
    this.#left = (options.limit ?? Number.POSITIVE_INFINITY) - settledIn(checkpoint.tally) - checkpoint.waiting.length;
    this.#scanSignal = AbortSignal.any([options.signal, this.#ending.signal]);
    this.#looks = new SecondLooks({
      patience: options.patience,
      clock: options.clock,
      wait: options.wait ?? timer,
      look: async (sample) => {
        await options.budget.ready(options.signal);
        // A consistent read of up to 4 KB; a larger item is a little over the budget.
        options.budget.spend(1);
        return look(sample, options);
      },
      onLook: async ({ entity, primaryKey }, found) => {
        if (found.kind === 'stale') await this.#stale(entity, primaryKey, found);
        else this.#count(entity, found.kind === 'right' ? 'settled' : 'unknown');
        this.#tell();
      },
    });
    for (const sample of checkpoint.waiting) this.#looks.add(decodeSample(sample));
  }

  async run(): Promise<VerifyResult> {
    const { signal } = this.#options;
    const scan = this.#scan().finally(() => this.#looks.complete());
    const looks = this.#looks.run(signal).catch((error: unknown) => {
      this.#ending.abort();
      throw error;
    });
    const outcomes = await Promise.allSettled([scan, looks]);
    const failure = outcomes.find(({ status }) => status === 'rejected');
    return { end: this.#end(failure), checkpoint: this.#checkpoint() };
  }

  #end(failure: PromiseSettledResult<void> | undefined): VerifyResult['end'] {
    if (failure?.status === 'rejected') return { kind: 'failed', error: failure.reason };
    const isScanned = this.#left <= 0 || this.#segments.every((segment) => segment === 'read');
    return { kind: isScanned && this.#looks.waiting.length === 0 ? 'finished' : 'interrupted' };
  }

  async #scan(): Promise<void> {
    const { scanner, budget, clock } = this.#options;
    if (this.#left <= 0) return;
    await scanSegments({
      table: scanner,
      ...{ budget, clock },
      positions: this.#segments,
      signal: this.#scanSignal,
      visit: (page) => this.#visit(page),
      onPage: (unmapped, segments) => {
        this.#unmapped += unmapped;
        this.#segments = segments;
        this.#tell();
      },
    });
  }

  /** Looks at a page's items. Answers how many of them are none of the map's. */
  async #visit({ items }: LoadedPage): Promise<number> {
    const { map, namespace } = this.#options;
    await this.#looks.room(this.#scanSignal);
    const mapped = items.flatMap((item) => {
      const target = targetOf(map, namespace, item);
      return target === undefined ? [] : [{ ...target, item }];
    });
    const targets = mapped.slice(0, Math.max(0, this.#left));
    this.#left -= targets.length;
    const found = await this.#read(targets);
    targets.forEach(({ entity, primaryKey, item }, i) => {
      const comparison = compareWithTable(entity, answerOf(found[i]), item);
      if (comparison.kind === 'differs') this.#looks.add(suspect(entity, primaryKey, comparison));
      else if (comparison.kind === 'agrees') this.#count(entity.name, 'agree');
      else this.#count(entity.name, comparison.because === 'foreign' ? 'unknown' : 'missing');
    });
    if (this.#left <= 0) this.#ending.abort();
    return items.length - mapped.length;
  }

  /** Together; one by one where the store refuses a key, under which nothing can be stored. */
  async #read(targets: readonly Target[]): Promise<(Uint8Array | undefined)[]> {
    const { store } = this.#options;
    const get = (key: EntryKey): Promise<Uint8Array | undefined> =>
      store.get(key, CALL).catch((error: unknown) => {
        if (refusesEntry(error)) return undefined;
        throw error;
      });
    const keys = targets.map(({ key }) => key);
    try {
      return await store.getMany(keys, CALL);
    } catch (error) {
      if (refusesEntry(error)) return Promise.all(keys.map(get));
      throw error;
    }
  }

  async #stale(
    entity: string,
    primaryKey: PrimaryKey,
    { key, age }: { readonly key: EntryKey; readonly age: Duration },
  ): Promise<void> {
    if (this.#options.repair) await mend(key, this.#options);
    this.#count(entity, 'stale');
    if (this.#options.repair) this.#count(entity, 'repaired');
    this.#options.onStale?.({ entity, primaryKey, age });
  }

  #count(entity: string, what: Parameters<typeof counted>[2]): void {
    this.#tally = counted(this.#tally, entity, what);
  }

  #tell(): void {
    const tally = this.#tally;
    this.#options.onProgress?.({ tally, lookedAt: settledIn(tally) + this.#looks.size });
  }

  #checkpoint(): VerifyCheckpoint {
    return {
      format: 1,
      of: this.#of,
      segments: [...this.#segments],
      tally: this.#tally,
      unmapped: this.#unmapped,
      waiting: this.#looks.waiting.map(encodeSample),
    };
  }
}

/** Items whose looks have come to an end. */
function settledIn(tally: VerifyTally): number {
  const { agree, settled, missing, unknown, stale } = total(tally);
  return agree + settled + missing + unknown + stale;
}

/** A share is read as so many segments of a table that is cut into more; the others count as read. */
function chosenSegments({ segments, share, random = Math.random }: VerifyOptions): SegmentPosition[] {
  const all = Math.max(segments, Math.min(MOST_SEGMENTS, Math.round(segments / share)));
  const positions = Array<SegmentPosition>(all).fill('read');
  const places = positions.map((_, i) => i);
  for (let chosen = 0; chosen < segments; chosen += 1) {
    const [place = 0] = places.splice(Math.floor(random() * places.length), 1);
    positions[place] = 'unread';
  }
  return positions;
}

function fingerprintOf({ identity, namespace, map }: VerifyOptions): string {
  return fingerprint(['verify', ...identity, namespace, map.entities.map(({ name, version }) => `${name}@${version}`)]);
}

/** Bounds of one store call. No reader waits for it. */
const CALL = { timeout: seconds(5), attempts: 4 };

const MOST_SEGMENTS = 10_000;
