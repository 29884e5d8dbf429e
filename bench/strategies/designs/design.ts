import type { CacheStore } from '../../../shared/store/port.ts';
import type { BatchResponse } from '../../../shared/sync/batch.ts';
import type { Machine } from '../../../test/simulation/engine/machine.ts';
import type { Scenario } from '../scenario.ts';
import type { TextCache } from '../world/cache.ts';
import type { ItemKey, ItemView, MemberView } from '../world/row.ts';
import type { Change, TableClient } from '../world/table.ts';

/** What the code of one process is made with. */
export interface ProcessParts {
  readonly machine: Machine;
  readonly table: TableClient;
  /** The cache behind this library's port. */
  readonly store: CacheStore;
  /** The same cache as everybody else calls it. */
  readonly texts: TextCache;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly scenario: Scenario;
}

/** An answer, and whether the cache gave it. */
export interface Answer<Value> {
  readonly value: Value;
  readonly isHit: boolean;
}

/** The read path of a design, in one process. */
export interface ReadPath {
  item(key: ItemKey): Promise<Answer<ItemView | undefined>>;
  list(list: string): Promise<Answer<readonly MemberView[]>>;
}

/** What the stream function of a design does with a batch; `remaining` says how many milliseconds are left for it. */
export type Consumer = (event: unknown, remaining: () => number) => Promise<{ readonly response: BatchResponse }>;

/** A way to have a cache in front of a table, or none. */
export interface Design {
  /** On the command line and in JSON. */
  readonly id: string;
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  readonly isOurs: boolean;
  readPath(parts: ProcessParts): ReadPath;
  /** What the writer does once the table has taken its write; nothing in most designs. */
  afterWrite?(change: Change, parts: ProcessParts): Promise<void>;
  /** The function on the table's stream, in the designs that have one. */
  consumer?(parts: ProcessParts): Consumer;
}
