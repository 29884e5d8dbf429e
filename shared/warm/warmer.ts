import pLimit from 'p-limit';
import { decodeEntry } from '../entry/entry.ts';
import type { CacheMap } from '../map/cache-map.ts';
import { type Found, fill, type Loaded, type Projected, project } from '../read/filler.ts';
import type { FillRefusal } from '../read/outcome.ts';
import { DEFAULT_READER_SETTINGS, type ReaderSettings } from '../read/settings.ts';
import type { TableReader } from '../read/table.ts';
import type { ReadBudget } from '../scan/read-budget.ts';
import type { LoadedPage } from '../scan/segments.ts';
import { timer, type Wait } from '../scan/wait.ts';
import { refusesEntry, StoreRejected, StoreUnavailable } from '../store/errors.ts';
import type { CacheStore } from '../store/port.ts';
import { type Clock, milliseconds, seconds, stopwatch } from '../time.ts';
import type { Outcome } from './tally.ts';
import { type Target, targetOf } from './target.ts';

/** What a warmer works with. */
export interface WarmerDependencies {
  readonly map: CacheMap;
  /** First part of every cache key, see `CACHE_NAMESPACE`. */
  readonly namespace: string;
  readonly store: CacheStore;
  readonly table: Pick<TableReader, 'getMany'>;
  readonly budget: ReadBudget;
  readonly clock: Clock;
  /** Uniform in [0, 1); for TTL jitter, so that what was warmed together does not expire together. */
  readonly random: () => number;
  /** Between two attempts. Default: by a timer. */
  readonly wait?: Wait;
}

/**
 * Fills entries before anybody asks for them, under the rules by which readers fill: only where nothing is, or over the
 * very tombstone that was found before the table was read, and within the write deadline. So it never replaces an
 * entry, and whatever happens to an item meanwhile makes its fill fail.
 */
export class Warmer {
  readonly #deps: WarmerDependencies;
  readonly #limit = pLimit(FILLS_AT_ONCE);

  constructor(dependencies: WarmerDependencies) {
    this.#deps = dependencies;
  }

  /**
   * Fills the entries of a page's items.
   *
   * The page was read before the cache is looked at, so it must not replace a tombstone: that may stand for a change
   * which the page does not show. Such items are read again, by their keys. Where there is nothing, the page will do: a
   * change that it does not show was made after it was asked for, so what its event left, if it has come, is still there
   * (it lives for T, the fill is made within D of the asking) and refuses the fill. docs/protocol.md has the argument.
   *
   * @returns what became of each item, in no particular order
   * @throws {StoreError} when the cache fails, and the table's errors
   * @throws the signal's reason when it aborts before all is done; to do all of it again does no harm
   */
  async warmPage({ items, from, until, elapsed }: LoadedPage, signal: AbortSignal): Promise<Outcome[]> {
    const { map, namespace } = this.#deps;
    const targets = items.flatMap((item) => {
      const target = targetOf(map, namespace, item);
      return target === undefined ? [] : [{ ...target, item }];
    });
    const unmapped = Array<Outcome>(items.length - targets.length).fill('unmapped');
    const { outcomes, open } = await this.#look(targets);
    const attempts = open.map(async ({ target, found }): Promise<Attempt> => {
      if (found.bytes !== undefined) return { target, result: 'conflict' };
      return this.#fill(target, { ...found, elapsed }, { item: target.item, from, until });
    });
    const { done, again } = sorted(await Promise.all(attempts));
    return [...unmapped, ...outcomes, ...done, ...(await this.warmKeys(again, signal))];
  }

  /**
   * Fills the entries of keys, with values or with the absence of items that are not there: cache, table, fill.
   *
   * @param targets no key twice
   * @returns as {@link warmPage}
   * @throws as {@link warmPage}
   */
  async warmKeys(targets: readonly Target[], signal: AbortSignal): Promise<Outcome[]> {
    const { store, wait = timer } = this.#deps;
    const all: Outcome[] = [];
    let left = targets;
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > 1) await wait(FIRST_PAUSE * 2 ** (attempt - 2), signal);
      const { outcomes, attempts } = await this.#attempt(left, signal);
      const { done, again, failed } = sorted(attempts);
      all.push(...outcomes, ...done);
      left = again;
      if (attempt < MOST_ATTEMPTS) continue;
      if (failed > 0) {
        const problem = `${failed} entries could not be filled in ${attempt} attempts`;
        throw new StoreUnavailable(`${store.name}.fill`, problem);
      }
      return [...all, ...left.map(() => 'contended' as const)];
    }
    return all;
  }

  async #attempt(
    targets: readonly Target[],
    signal: AbortSignal,
  ): Promise<{ outcomes: readonly Outcome[]; attempts: readonly Attempt[] }> {
    const { budget, clock, table } = this.#deps;
    // Before the time begins to run within which the fills have to be made.
    await budget.ready(signal);
    signal.throwIfAborted();
    const elapsed = stopwatch(clock);
    const { outcomes, open } = await this.#look(targets);
    if (open.length === 0) return { outcomes, attempts: [] };
    const from = clock.now();
    const items = await table.getMany(open.map(({ target }) => target.primaryKey));
    const until = clock.now();
    const attempts = open.map(({ target, found }, i) =>
      this.#fill(target, { ...found, elapsed }, { item: items[i], from, until }),
    );
    return { outcomes, attempts: await Promise.all(attempts) };
  }

  /** Sorts out what is there already. What is left is nothing, a tombstone, or not an entry of ours. */
  async #look<Subject extends Target>(targets: readonly Subject[]): Promise<Look<Subject>> {
    const stored = await this.#stored(targets);
    const look: Look<Subject> = { outcomes: [], open: [] };
    targets.forEach((target, i) => {
      const bytes = stored[i];
      const entry = bytes === undefined || bytes instanceof StoreRejected ? undefined : decodeEntry(bytes);
      if (bytes instanceof StoreRejected) look.outcomes.push('unstorable');
      else if (entry?.kind === 'value' || entry?.kind === 'absent') look.outcomes.push('present');
      else look.open.push({ target, found: { key: target.key, bytes, entry } });
    });
    return look;
  }

  async #stored(targets: readonly Target[]): Promise<(Uint8Array | undefined | StoreRejected)[]> {
    const { store } = this.#deps;
    if (targets.length === 0) return [];
    try {
      const keys = targets.map(({ key }) => key);
      return await store.getMany(keys, CALL);
    } catch (error) {
      if (!refusesEntry(error)) throw error;
    }
    // One key that the store refuses must not fail its neighbours.
    return Promise.all(targets.map(({ key }) => this.#limit(() => store.get(key, CALL).catch(refusal))));
  }

  async #fill(target: Target, found: Found, loaded: Loaded): Promise<Attempt> {
    let projected: Projected;
    try {
      projected = project(target.entity, loaded.item);
    } catch {
      return { target, result: 'unstorable' };
    }
    const { store, random } = this.#deps;
    const refusal = await this.#limit(() =>
      fill(target.entity, found, loaded, projected, { store, random, settings: SETTINGS }),
    );
    switch (refusal) {
      case undefined:
        return { target, result: 'filled' };
      case 'conflict':
      case 'too-late':
      case 'store':
        return { target, result: refusal };
      default:
        return { target, result: 'unstorable' };
    }
  }
}

/** Keys sorted by whether the cache has an answer for them. */
interface Look<Subject extends Target> {
  readonly outcomes: Outcome[];
  readonly open: { readonly target: Subject; readonly found: Omit<Found, 'elapsed'> }[];
}

interface Attempt {
  readonly target: Target;
  readonly result: 'filled' | 'unstorable' | Retried;
}

/** The refusals after which another attempt may succeed. */
type Retried = Extract<FillRefusal, 'conflict' | 'too-late' | 'store'>;

/** `failed` counts those to be attempted again for which nobody else has written anything. */
function sorted(attempts: readonly Attempt[]): { done: Outcome[]; again: Target[]; failed: number } {
  const done: Outcome[] = [];
  const again: Target[] = [];
  let failed = 0;
  for (const { target, result } of attempts) {
    if (result === 'filled' || result === 'unstorable') done.push(result);
    else again.push(target);
    if (result === 'too-late' || result === 'store') failed += 1;
  }
  return { done, again, failed };
}

function refusal(error: unknown): StoreRejected {
  if (refusesEntry(error)) return error;
  throw error;
}

/** Bounds of a read of the cache. Nobody waits for an answer, but the fills have to follow within the deadline. */
const CALL = { timeout: seconds(5), attempts: 4 };

const SETTINGS: ReaderSettings = { ...DEFAULT_READER_SETTINGS, fillTimeout: seconds(5) };

/** Fills under way at once. */
const FILLS_AT_ONCE = 64;

/** Attempts for a key that others write at the same time, or that the cache does not take. */
const MOST_ATTEMPTS = 4;

/** Before the second attempt; twice as long before each one after it. */
const FIRST_PAUSE = milliseconds(100);
