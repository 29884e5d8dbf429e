/** What the console's server tells its page, and what the page may ask for. Types only: the page runs in a browser. */
import type { Figures } from '../figures/figures.ts';
import type { Outcomes } from '../figures/outcomes.ts';
import type { Period, Second } from '../figures/series.ts';
import type { CacheMode } from '../start/cache-switch.ts';

/** A request to the sample APIs that was answered. */
export interface RequestLine {
  /** Counts up from 1. */
  readonly id: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly outcome: keyof Outcomes | undefined;
  readonly milliseconds: number;
}

/** A stream record that the synchronizer has dealt with. */
export interface ChangeLine {
  readonly id: number;
  readonly at: number;
  readonly event: string | undefined;
  readonly entity: string | undefined;
  /** Its key in the cache, and the same for people. */
  readonly key: string | undefined;
  readonly label: string;
  readonly decision: string;
  readonly reason: string;
  /** Milliseconds from the write of the item to the write of the entry, where one was written. */
  readonly delay: number | undefined;
  /** Lists that it made outdated. */
  readonly renewed: number;
}

/** How the controls stand. */
export interface ControlState {
  /** Where the cache is. */
  readonly store: string;
  readonly cache: CacheMode;
  /** Why the cache cannot be switched; `undefined` where it can. */
  readonly cacheFixed: string | undefined;
  /** Since when the stream is held, epoch milliseconds. */
  readonly streamHeldSince: number | undefined;
}

/** What the page is told four times a second: what is new since it was last told. */
export interface News {
  readonly now: number;
  readonly requests: readonly RequestLine[];
  readonly changes: readonly ChangeLine[];
  /** Seconds that are over. */
  readonly seconds: readonly Second[];
  /** The last ten of them together. */
  readonly recent: Period;
  readonly total: Figures;
  readonly controls: ControlState;
}

/** What the page may ask for. */
export interface ControlRequest {
  readonly cache?: CacheMode;
  readonly stream?: 'running' | 'held';
}

/** What stands in the cache under one key. */
export interface EntryLine {
  readonly key: string;
  /** Name of the entity or collection; `undefined` for what is not of this stack's map. */
  readonly of: string | undefined;
  readonly label: string;
  readonly kind: 'value' | 'absent' | 'tombstone' | 'generation' | 'page' | 'foreign';
  /** `reader` or `stream`, for values and absences. */
  readonly by: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number | undefined;
  readonly bytes: number;
  /** Milliseconds until it expires. */
  readonly ttl: number;
}

export interface EntryList {
  /** Those that match; the newest first, and no more than can be looked at. */
  readonly entries: readonly EntryLine[];
  readonly matching: number;
  readonly total: number;
  /** Whether there may be more than were looked through. */
  readonly isCut: boolean;
}

/** An entry beside what it stands for. */
export interface OpenEntry extends EntryLine {
  readonly header: string;
  /** As text for people: indented where it is JSON. */
  readonly payload: string | undefined;
  readonly table: TableSide;
}

/**
 * What there is to say of an entry and the table.
 *
 * - `agrees`: a reader is answered with what the table has.
 * - `differs`: a reader is answered with something else, until the change that is on its way has come through.
 * - `asks-the-table`: nobody is answered with it: a tombstone, or a page whose generation was replaced.
 */
export type Verdict = 'agrees' | 'differs' | 'asks-the-table';

/** What the table has of an entry's item, or of a page's query. */
export type TableSide =
  | { readonly kind: 'nothing-to-compare'; readonly why: string }
  | {
      readonly kind: 'read';
      /** As the map projects it; `undefined`: there is no such item. */
      readonly payload: string | undefined;
      readonly verdict: Verdict;
    };
