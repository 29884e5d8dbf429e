import { createReader } from '../../shared/read/reader.ts';
import type { TableReader } from '../../shared/read/table.ts';
import type { Comparable } from './comparison.ts';
import type { Subject } from './subjects.ts';

/** Readers that have read the table and not filled the cache yet. */
export interface FrozenReaders {
  /** Resolves when they all have read the table. */
  readonly haveRead: Promise<void>;
  /** Lets them go on with what they know; resolves when they have answered. */
  thaw(): Promise<void>;
}

/** Starts one reader for each subject, which stops between its table read and its fill. */
export function freezeReaders(subjects: readonly Subject[], { store, table, namespace }: Comparable): FrozenReaders {
  const gate = Promise.withResolvers<void>();
  const read: Promise<void>[] = [];
  const answers = subjects.map(({ entity, params }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    read.push(promise);
    const frozen: TableReader = {
      ...table,
      async get(key) {
        const item = await table.get(key);
        resolve();
        await gate.promise;
        return item;
      },
    };
    return createReader({ store, table: frozen, namespace }).get(entity, params);
  });
  return {
    haveRead: Promise.all(read).then(() => undefined),
    async thaw() {
      gate.resolve();
      await Promise.all(answers);
    },
  };
}
