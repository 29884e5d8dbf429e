import { createExpiringMap } from '../../shared/store/expiring-map.ts';
import type { Clock } from '../../shared/time.ts';

/** An item that is there. */
export interface Item {
  readonly value: Uint8Array;
  /** Milliseconds until it expires. */
  readonly remainingTtl: number;
}

/** One cache. Keys are bytes, as they are for the service. */
export interface Cache {
  get(key: Uint8Array): Item | undefined;
  /** @param ttl Milliseconds. */
  set(key: Uint8Array, value: Uint8Array, ttl: number): void;
  delete(key: Uint8Array): void;
  /** Keys of all items, which no client can ask for; for who looks from outside. */
  keys(): Uint8Array[];
  flush(): void;
}

/** What the server stores. May outlive a server, as Momento's data outlives the connection to it. */
export interface MomentoStorage {
  cache(name: string): Cache | undefined;
  names(): string[];
  /** False where there is one already. */
  create(name: string): boolean;
  /** False where there is none. */
  remove(name: string): boolean;
}

/** @param clock Decides when items expire. */
export function createMomentoStorage(clock: Clock, cacheNames: readonly string[] = []): MomentoStorage {
  const caches = new Map(cacheNames.map((name) => [name, createCache(clock)]));
  return {
    cache: (name) => caches.get(name),
    names: () => [...caches.keys()],
    create(name) {
      if (caches.has(name)) return false;
      caches.set(name, createCache(clock));
      return true;
    },
    remove: (name) => caches.delete(name),
  };
}

function createCache(clock: Clock): Cache {
  const items = createExpiringMap<Uint8Array>(() => clock.now());
  return {
    get(key) {
      const found = items.get(asText(key));
      return found && { value: found.value, remainingTtl: found.expiresAt - clock.now() };
    },
    // Copied: what arrived is a view of the whole message, which may hold a hundred other items.
    set: (key, value, ttl) => items.set(asText(key), value.slice(), clock.now() + ttl),
    delete: (key) => items.delete(asText(key)),
    keys: () => Array.from(items.keys(), (key) => Buffer.from(key, 'latin1')),
    flush: () => items.clear(),
  };
}

/** One character per byte, so that keys that are not valid UTF-8 stay apart. */
const asText = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
