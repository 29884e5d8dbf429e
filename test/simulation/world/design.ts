import type { PrimaryKey } from '../../../shared/entry/item.ts';
import { createReader, type Reader } from '../../../shared/read/reader.ts';
import type { TableReader } from '../../../shared/read/table.ts';
import { audit } from '../../../shared/repair/audit.ts';
import { redrive } from '../../../shared/repair/redrive.ts';
import { type BatchResponse, createSync } from '../../../shared/sync/batch.ts';
import type { Machine } from '../engine/machine.ts';
import type { Seen } from '../oracle/item-history.ts';
import { seenEntry } from '../oracle/seen.ts';
import { NAMESPACE, type SimulatedMap } from './map.ts';
import type { StoreClient } from './store.ts';

/** What the code of one process is made with. */
export interface ProcessParts {
  readonly machine: Machine;
  readonly store: StoreClient;
  readonly table: TableReader;
  readonly map: SimulatedMap;
  readonly random: () => number;
  /** Store calls that a consumer may have under way at once. */
  readonly concurrency: number;
}

/** What a simulated process does with a batch. */
export type Consumer = (event: unknown, remaining: () => number) => Promise<{ readonly response: BatchResponse }>;

/** A way to keep a cache in step with a table: ours, or one to compare it with. */
export interface Design {
  readonly name: string;
  reader(parts: ProcessParts): Pick<Reader, 'get' | 'getMany' | 'query'>;
  consumer(parts: ProcessParts): Consumer;
  /** What is done with the events of a batch that Lambda gave up on. Throws when it has to be done again. */
  redrive(records: readonly unknown[], parts: ProcessParts): Promise<void>;
  /** Looks for a stale entry as long as it takes to be sure, and mends it. */
  audit(entity: string, primaryKey: PrimaryKey, parts: ProcessParts): Promise<void>;
  /** How the oracle reads its entries. */
  seen(bytes: Uint8Array): Seen;
  /** Whether it caches query results. */
  readonly pages: boolean;
}

/** The code of this repository, as it is. */
export const OURS: Design = {
  name: 'this library',
  reader: readerOf,
  consumer(parts) {
    const { machine, store, map, concurrency } = parts;
    return createSync({
      map: map.map,
      namespace: NAMESPACE,
      store,
      clock: machine,
      settings: { concurrency },
      // Nothing that is simulated needs to be quarantined; if something is, the batch fails and the run never rests.
      quarantine: () => Promise.reject(new Error('a record was quarantined')),
      reload: readerOf(parts).reload,
    });
  },
  async redrive(records, { machine, store, map }) {
    const message = JSON.stringify({ payload: { Records: records } });
    await redrive(message, {
      map: map.map,
      namespace: NAMESPACE,
      store,
      clock: machine,
      remaining: () => REDRIVE_TIMEOUT,
      readRange: () => Promise.reject(new Error('the records come with the message')),
    });
  },
  async audit(entity, primaryKey, { machine, store, table, map }) {
    const parts = { map: map.map, namespace: NAMESPACE, store, table, clock: machine };
    const first = await audit({ entity, primaryKey }, parts);
    if (first.kind === 'suspect') await audit(first.again, parts);
  },
  seen: seenEntry,
  pages: true,
};

function readerOf({ machine, store, table, random }: ProcessParts): Reader {
  return createReader({ namespace: NAMESPACE, store, table, clock: machine, random });
}

/** Milliseconds that the redrive of one message may take. */
const REDRIVE_TIMEOUT = 60_000;
