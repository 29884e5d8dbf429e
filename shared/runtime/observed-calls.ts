import type { TableReader } from '../read/table.ts';
import type { CacheStore } from '../store/port.ts';

/** A call to the cache or to the table, without what it is about: neither keys nor values. */
export interface Call {
  /** Where it goes: the store's name, or `table`. */
  readonly target: string;
  readonly operation: string;
  /** How many keys it is about; `undefined` for a query. */
  readonly keys: number | undefined;
}

/**
 * What came of a call: `found` where all was there that was asked for, `partly` where some of it was; `refused` where a
 * conditional write found its condition false.
 */
export type CallOutcome = 'found' | 'partly' | 'nothing' | 'written' | 'refused';

/** Runs a call, and may look at what comes of it. Has to return what the call returns and to throw what it throws. */
export type ObserveCall = <Result>(
  call: Call,
  run: () => Promise<Result>,
  outcomeOf: (result: Result) => CallOutcome,
) => Promise<Result>;

/** A store whose every call is observed. One that refuses at once belongs outside: what it refuses is no call. */
export function observedStore(store: CacheStore, observe: ObserveCall): CacheStore {
  const { ttlLeft } = store;
  const call = (operation: string, keys: number): Call => ({ target: store.name, operation, keys });
  const done = (): CallOutcome => 'written';
  const conditional = (written: boolean): CallOutcome => (written ? 'written' : 'refused');

  return {
    name: store.name,
    ...(store.maxTtl === undefined ? {} : { maxTtl: store.maxTtl }),
    ...(store.concurrency === undefined ? {} : { concurrency: store.concurrency }),
    get: (...args) => observe(call('get', 1), () => store.get(...args), foundOne),
    getMany: (...args) => observe(call('getMany', args[0].length), () => store.getMany(...args), foundMany),
    ...(ttlLeft && { ttlLeft: (...args) => observe(call('ttlLeft', 1), () => ttlLeft(...args), foundOne) }),
    setIfAbsent: (...args) => observe(call('setIfAbsent', 1), () => store.setIfAbsent(...args), conditional),
    setIfUnchanged: (...args) => observe(call('setIfUnchanged', 1), () => store.setIfUnchanged(...args), conditional),
    setAlways: (...args) => observe(call('setAlways', 1), () => store.setAlways(...args), done),
    set: (...args) => observe(call('set', 1), () => store.set(...args), done),
    setMany: (...args) => observe(call('setMany', args[0].length), () => store.setMany(...args), done),
    close: () => store.close(),
  };
}

/** A table whose every read is observed. */
export function observedTable(table: TableReader, observe: ObserveCall): TableReader {
  const call = (operation: string, keys: number | undefined): Call => ({ target: 'table', operation, keys });
  return {
    get: (key) => observe(call('get', 1), () => table.get(key), foundOne),
    getMany: (keys) => observe(call('getMany', keys.length), () => table.getMany(keys), foundMany),
    query: (...args) =>
      observe(
        call('query', undefined),
        () => table.query(...args),
        ({ items }) => (items.length > 0 ? 'found' : 'nothing'),
      ),
  };
}

const foundOne = (result: unknown): CallOutcome => (result === undefined ? 'nothing' : 'found');

function foundMany(results: readonly unknown[]): CallOutcome {
  const found = results.filter((result) => result !== undefined).length;
  if (found === results.length) return 'found';
  return found === 0 ? 'nothing' : 'partly';
}
