import { limitFor } from '../concurrency.ts';
import type { AnyCollection, CollectionParams } from '../map/collection.ts';
import { settlingTime } from '../protocol.ts';
import { type Clock, seconds } from '../time.ts';
import type { ApplyResult } from './apply.ts';
import type { Reload, SyncDependencies } from './batch.ts';

/**
 * Loads renewed pages again. Where the index lags (`settle`), waiting for it would hold up the shard, so that load is
 * left to the next batch that this process handles; a reader that comes first loads the page itself.
 */
export class ReloadQueue {
  readonly #due = new Map<string, DueReload>();
  readonly #clock: Clock;
  readonly #reload: Reload | undefined;

  constructor({ clock, reload }: Pick<SyncDependencies, 'clock' | 'reload'>) {
    this.#clock = clock;
    this.#reload = reload;
  }

  /** Notes what a batch has renewed, and loads what is due. Never rejects, and leaves the invocation its last second. */
  async after({ renewals }: Pick<ApplyResult, 'renewals'>, remaining: () => number): Promise<void> {
    const reload = this.#reload;
    if (reload === undefined) return;
    const now = this.#clock.now();
    for (const { kind, renewal } of renewals) {
      const { key, collection, params } = renewal;
      if (kind !== 'renewed' || params === undefined || collection.onChange !== 'reload') continue;
      if (this.#due.size < MAX_RELOADS || this.#due.has(key)) {
        this.#due.set(key, { collection, params, at: now + settlingTime(collection.settle) });
      }
    }
    const ready = [...this.#due].filter(([, { at }]) => at <= now);
    for (const [key] of ready) this.#due.delete(key);
    if (ready.length === 0) return;

    const limit = limitFor(ready.length, CONCURRENCY);
    const reloads = ready.map(([, { collection, params }]) =>
      limit(async () => {
        if (remaining() >= RELOAD_RESERVE) await reload(collection, params);
      }),
    );
    // A reload is a favour: when it fails or takes too long, the next reader loads the page. The batch is applied by
    // now, and being killed over a slow query would have it delivered again.
    await within(remaining() - ANSWER_RESERVE, Promise.allSettled(reloads));
  }
}

interface DueReload {
  readonly collection: AnyCollection;
  readonly params: CollectionParams;
  readonly at: number;
}

/** Reloads kept waiting at most; a reader loads what does not fit. */
const MAX_RELOADS = 1_000;

/** Queries under way at once. */
const CONCURRENCY = 8;

/** Reloads are not begun with less of the invocation left, */
const RELOAD_RESERVE = seconds(5);

/** and not waited for with less than this. */
const ANSWER_RESERVE = seconds(1);

/** The longest that a timer of Node.js can be set to; anything beyond fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Waits for work, but no longer than so many milliseconds. */
async function within(limit: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(Math.max(limit, 0), LONGEST_TIMER));
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
