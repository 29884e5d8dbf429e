/**
 * Where an answer came from.
 *
 * - `hit`: the cache held it.
 * - `absent`: the cache knew that there is no such item.
 * - `miss`: the cache did not know; the table answered, and the cache was filled where that was safe.
 * - `bypass`: the cache could not be asked; the table answered.
 */
export type ReadOutcome = 'hit' | 'absent' | 'miss' | 'bypass';

/** An item, or `undefined` where there is none. */
export interface ReadResult<Value> {
  readonly outcome: ReadOutcome;
  readonly value: Value | undefined;
}

/** An item as JSON text for an HTTP body, or `undefined` where there is none. */
export interface JsonResult {
  readonly outcome: ReadOutcome;
  readonly json: string | undefined;
}

/** One page of a collection. */
export interface PageResult<Value> {
  readonly outcome: ReadOutcome;
  readonly items: readonly Value[];
  /** Continue here; `undefined` on the last page. */
  readonly cursor: string | undefined;
}

/** One page of a collection as JSON text (an array). */
export interface PageJsonResult {
  readonly outcome: ReadOutcome;
  readonly json: string;
  readonly cursor: string | undefined;
}

/** Why an entry was not filled after a miss. The answer was given all the same. */
export type FillRefusal =
  /** Another reader or the stream wrote first. */
  | 'conflict'
  /** More than the write deadline has passed since the cache was asked. */
  | 'too-late'
  /** The index may still show the past (collections). */
  | 'settling'
  /** The store failed. */
  | 'store'
  /** The store takes no such entry: its value is too large, or its key not acceptable. */
  | 'rejected'
  /** The projected value has a part that cannot be stored exactly. */
  | 'unsupported-value';

/** What a reader tells whoever counts. Names of entities and collections only: never a key, never a value. */
export interface ReadObserver {
  /** One answer. `cacheMs` and `tableMs`: time spent waiting for each; `undefined` where it was not asked. */
  read?(event: {
    readonly name: string;
    readonly outcome: ReadOutcome;
    readonly cacheMs: number | undefined;
    readonly tableMs: number | undefined;
  }): void;
  fillRefused?(event: { readonly name: string; readonly reason: FillRefusal }): void;
  /** Something in the cache was not an entry of ours; it was treated as a miss. */
  foreign?(event: { readonly name: string; readonly reason: string }): void;
}
