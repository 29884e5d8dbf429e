import { CollectionHistory } from './collection-history.ts';
import { type Content, ItemHistory, type Seen, type StaleTally } from './item-history.ts';
import { seenEntry, seenGeneration, seenPage } from './seen.ts';
import type { Report } from './violation.ts';

/** Told of everything that happens to one key of the store. */
export interface Watcher {
  written(bytes: Uint8Array, expiresAt: number, now: number): void;
  gone(now: number): void;
}

/**
 * Knows everything: the whole history of the table, and each write of the cache. Checks only what an event touches,
 * when it touches it.
 */
export class Oracle {
  readonly stale: StaleTally = { entries: 0, longest: 0 };
  readonly report: Report;
  readonly #seen: (bytes: Uint8Array) => Seen;
  readonly #watchers = new Map<string, Watcher>();
  readonly #pages = new Map<string, CollectionHistory>();

  /** @param seen how entries are read; that of the protocol if left out */
  constructor(report: Report, seen: (bytes: Uint8Array) => Seen = seenEntry) {
    this.report = report;
    this.#seen = seen;
  }

  item(cacheKey: string): ItemHistory {
    const history = new ItemHistory(cacheKey, this.report, this.stale);
    const seen = this.#seen;
    this.#watchers.set(cacheKey, {
      written: (bytes, expiresAt, now) => history.written(seen(bytes), expiresAt, now),
      gone: (now) => history.gone(now),
    });
    return history;
  }

  /** @param pagePrefix what the keys of its pages begin with, up to the last colon */
  collection(generationKey: string, pagePrefix: string): CollectionHistory {
    const history = new CollectionHistory(generationKey, this.report);
    this.#watchers.set(generationKey, {
      written: (bytes) => history.generationWritten(seenGeneration(bytes)),
      gone: () => history.generationWritten(undefined),
    });
    this.#pages.set(pagePrefix, history);
    return history;
  }

  /** The generation over all parameter sets of a collection. */
  epoch(epochKey: string, members: readonly CollectionHistory[]): void {
    const written = (nonce: string | undefined): void => {
      for (const history of members) history.epochWritten(nonce);
    };
    this.#watchers.set(epochKey, {
      written: (bytes) => written(seenGeneration(bytes)),
      gone: () => written(undefined),
    });
  }

  /** Who is to be told of a key; `undefined` for a key that means nothing. */
  watcherOf(key: string): Watcher | undefined {
    return this.#watchers.get(key) ?? this.#pageWatcher(key);
  }

  /** An answer that a reader gave, against what had been handled when it was asked for. */
  answered(history: ItemHistory, answer: Content, handledBefore: number): void {
    const newest = history.newestWith(answer);
    if (newest !== undefined && newest >= handledBefore) return;
    const what = `a reader answered ${answer}, older than state ${handledBefore}, whose event had been handled before`;
    this.report({ promised: 'answer', key: history.key, what });
  }

  #pageWatcher(key: string): Watcher | undefined {
    const history = this.#pages.get(key.slice(0, key.lastIndexOf(':')));
    if (history === undefined) return undefined;
    return {
      written: (bytes, expiresAt) => {
        const page = seenPage(bytes);
        if (page === undefined) history.pageGone(key);
        else history.pageWritten(key, page, expiresAt);
      },
      gone: () => history.pageGone(key),
    };
  }
}
