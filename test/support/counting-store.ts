import type { CacheStore } from '../../shared/store/port.ts';

type Operation = Exclude<keyof CacheStore, 'name' | 'maxTtl' | 'concurrency' | 'close'>;

/** A store, and what was asked of it. */
export interface CountingStore extends CacheStore {
  /** Names of the operations, in the order in which they were called. */
  readonly calls: Operation[];
  /** The operations that write, among {@link calls}. */
  writes(): Operation[];
  reset(): void;
}

/** What a test puts in the way of a call: it may throw, or wait. */
export type Obstacle = (operation: Operation, args: readonly unknown[]) => void | Promise<void>;

/** Counts the calls to a real store, and lets a test fail or delay them before they reach it. */
export function countingStore(store: CacheStore, obstacle: Obstacle = () => {}): CountingStore {
  const calls: Operation[] = [];
  async function asked(operation: Operation, ...args: unknown[]): Promise<void> {
    calls.push(operation);
    await obstacle(operation, args);
  }
  return {
    name: store.name,
    calls,
    writes: () => calls.filter((operation) => operation.startsWith('set')),
    reset: () => void calls.splice(0),
    async get(...args) {
      await asked('get', ...args);
      return store.get(...args);
    },
    async getMany(...args) {
      await asked('getMany', ...args);
      return store.getMany(...args);
    },
    async setIfAbsent(...args) {
      await asked('setIfAbsent', ...args);
      return store.setIfAbsent(...args);
    },
    async setIfUnchanged(...args) {
      await asked('setIfUnchanged', ...args);
      return store.setIfUnchanged(...args);
    },
    async setAlways(...args) {
      await asked('setAlways', ...args);
      return store.setAlways(...args);
    },
    async set(...args) {
      await asked('set', ...args);
      return store.set(...args);
    },
    async setMany(...args) {
      await asked('setMany', ...args);
      return store.setMany(...args);
    },
    close: () => store.close(),
  };
}
