/** A map whose entries end by themselves: the core of every cache that lives in this process. */
export interface ExpiringMap<Value> {
  /** What is stored and not yet expired. */
  get(key: string): Stored<Value> | undefined;
  /** Stores a value until the given time, in milliseconds since the epoch. */
  set(key: string, value: Value, expiresAt: number): void;
  delete(key: string): void;
  /** Keys of what is stored and not yet expired. */
  keys(): Iterable<string>;
  clear(): void;
  /** Entries in memory, some of which may have expired. */
  readonly size: number;
}

interface Stored<Value> {
  readonly value: Value;
  readonly expiresAt: number;
}

/** @param now Wall-clock time in milliseconds since the epoch; asked on every access, so that a test can move it. */
export function createExpiringMap<Value>(now: () => number): ExpiringMap<Value> {
  const stored = new Map<string, Stored<Value>>();
  let writesUntilSweep = SMALL;

  // Keys that nobody asks for again would stay for ever. Sweeping after as many writes as there were entries left makes
  // it a constant cost per write, and needs no timer, which would keep the process alive or fire while it is frozen.
  function sweep(): void {
    const time = now();
    for (const [key, { expiresAt }] of stored) if (expiresAt <= time) stored.delete(key);
    writesUntilSweep = Math.max(SMALL, stored.size);
  }

  return {
    get(key) {
      const found = stored.get(key);
      if (found === undefined || found.expiresAt > now()) return found;
      stored.delete(key);
      return undefined;
    },
    set(key, value, expiresAt) {
      stored.set(key, { value, expiresAt });
      writesUntilSweep -= 1;
      if (writesUntilSweep <= 0) sweep();
    },
    delete: (key) => void stored.delete(key),
    *keys() {
      for (const [key, { expiresAt }] of stored) if (expiresAt > now()) yield key;
    },
    clear: () => stored.clear(),
    get size() {
      return stored.size;
    },
  };
}

/** So few expired entries are not worth looking for. */
const SMALL = 64;
