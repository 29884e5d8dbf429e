import { equalBytes } from '../../../shared/store/bytes.ts';
import type { CacheStore, CallOptions } from '../../../shared/store/port.ts';
import type { Duration } from '../../../shared/time.ts';
import type { Machine } from '../engine/machine.ts';
import type { Trace } from '../engine/trace.ts';
import type { Oracle, Watcher } from '../oracle/oracle.ts';
import { Calls } from './calls.ts';
import type { Network, Surroundings } from './network.ts';

/** What the store holds under one key. */
export interface Slot {
  readonly key: string;
  readonly watcher: Watcher | undefined;
  bytes: Uint8Array | undefined;
  expiresAt: number;
}

/** The port, and what the plain designs need beside it. */
export interface StoreClient extends CacheStore {
  delete(key: string, options?: CallOptions): Promise<void>;
}

/**
 * The cache: every operation is atomic per key and served at a moment of its own. Operations are counted by key: a
 * `getMany` of five keys is five of them, since each key is looked at by itself.
 */
export class SimulatedStore {
  operations = 0;
  /** Values that were stored. */
  writes = 0;
  /** Told of every write before it happens; for losses. */
  onWrite: ((slot: Slot) => void) | undefined;
  readonly #world: Surroundings;
  readonly #calls: Calls;
  readonly #oracle: Oracle;
  readonly #trace: Trace;
  readonly #slots = new Map<string, Slot>();

  constructor(world: Surroundings & { readonly trace: Trace }, network: Network, oracle: Oracle) {
    this.#world = world;
    this.#trace = world.trace;
    this.#calls = new Calls(world, network);
    this.#oracle = oracle;
  }

  /** All that was ever written; some of it may have expired. */
  slots(): Iterable<Slot> {
    return this.#slots.values();
  }

  /** Takes an entry away, or puts another in its place, as no client could. */
  replace(slot: Slot, bytes: Uint8Array | undefined, expiresAt: number): void {
    if (bytes === undefined) this.#empty(slot);
    else this.#put(slot, bytes, expiresAt);
  }

  /** The store as the code of one machine uses it. */
  client(machine: Machine): StoreClient {
    const read = (options: CallOptions | undefined, key: string): Promise<Uint8Array | undefined> =>
      this.#calls.one(options, { machine, serve: () => this.#read(machine, key), isWrite: false });
    const write = <Result>(options: CallOptions | undefined, serve: (attempt: number) => Result): Promise<Result> =>
      this.#calls.one(options, { machine, serve, isWrite: true });

    return {
      name: 'simulated',
      get: (key, options) => read(options, key),
      getMany: (keys, options) => {
        const serve = (_: number, index: number): Uint8Array | undefined => this.#read(machine, keys[index] ?? '');
        return this.#calls.many(options, { machine, serve, isWrite: false }, keys.length);
      },
      setIfAbsent: (key, value, ttl, options) =>
        write(options, (attempt) => {
          const slot = this.#slot(key);
          if (slot.bytes === undefined) return this.#write(machine, slot, value, ttl);
          return this.#refuse(machine, slot) || (attempt > 0 && equalBytes(slot.bytes, value));
        }),
      setIfUnchanged: (key, value, expected, ttl, options) =>
        write(options, (attempt) => {
          const slot = this.#slot(key);
          if (slot.bytes === undefined) return this.#refuse(machine, slot);
          if (isSame(slot.bytes, expected)) return this.#write(machine, slot, value, ttl);
          return this.#refuse(machine, slot) || (attempt > 0 && equalBytes(slot.bytes, value));
        }),
      setAlways: async (key, value, ttl, options) => {
        await write(options, () => this.#write(machine, this.#slot(key), value, ttl));
      },
      set: async (key, value, ttl, options) => {
        await write({ ...options, attempts: 1 }, () => this.#write(machine, this.#slot(key), value, ttl));
      },
      setMany: async (writes, options) => {
        const serve = (_: number, index: number): boolean => {
          const one = writes[index];
          return one !== undefined && this.#write(machine, this.#slot(one.key), one.value, one.ttl);
        };
        await this.#calls.many({ ...options, attempts: 1 }, { machine, serve, isWrite: true }, writes.length);
      },
      delete: (key, options) =>
        write(options, () => {
          if (this.#trace.isKept) this.#trace.line(`${machine.name} deletes ${key}`);
          this.#empty(this.#slot(key));
        }),
      close: async () => undefined,
    };
  }

  #read(machine: Machine, key: string): Uint8Array | undefined {
    const { bytes } = this.#slot(key);
    if (this.#trace.isKept) this.#trace.line(`${machine.name} finds ${key}: ${this.#describe(bytes)}`);
    return bytes;
  }

  #write(machine: Machine, slot: Slot, value: Uint8Array, ttl: Duration): true {
    if (this.#trace.isKept) this.#trace.line(`${machine.name} stores ${slot.key}: ${this.#describe(value)}`);
    this.onWrite?.(slot);
    this.#put(slot, value, this.#world.scheduler.now + ttl);
    return true;
  }

  #refuse(machine: Machine, slot: Slot): false {
    if (this.#trace.isKept) this.#trace.line(`${machine.name} is refused ${slot.key}`);
    return false;
  }

  /** Without nonces: they are the only thing in a world that no seed decides. */
  #describe(bytes: Uint8Array | undefined): string {
    if (bytes === undefined) return 'nothing';
    return Buffer.from(bytes)
      .toString()
      .replaceAll(/ [nge]=[0-9a-f]{16}/g, '')
      .replace('\n', ' ')
      .trim();
  }

  #put(slot: Slot, value: Uint8Array, expiresAt: number): void {
    this.writes += 1;
    this.#trace.mix(this.#world.scheduler.now * 1_000);
    slot.bytes = value;
    slot.expiresAt = expiresAt;
    slot.watcher?.written(value, expiresAt, this.#world.scheduler.now);
  }

  #empty(slot: Slot): void {
    if (slot.bytes === undefined) return;
    slot.bytes = undefined;
    slot.watcher?.gone(this.#world.scheduler.now);
  }

  /** What is there at this moment. Each look at a key is one operation. */
  #slot(key: string): Slot {
    this.operations += 1;
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = { key, watcher: this.#oracle.watcherOf(key), bytes: undefined, expiresAt: 0 };
      this.#slots.set(key, slot);
    } else if (slot.bytes !== undefined && slot.expiresAt <= this.#world.scheduler.now) {
      this.#empty(slot);
    }
    return slot;
  }
}

/** Most often the very bytes that were handed out. */
function isSame(stored: Uint8Array, expected: Uint8Array): boolean {
  return stored === expected || equalBytes(stored, expected);
}
