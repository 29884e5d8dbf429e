import { equalBytes } from '../../../shared/store/bytes.ts';
import { StoreUnavailable } from '../../../shared/store/errors.ts';
import type { CacheStore, CallOptions } from '../../../shared/store/port.ts';
import type { Duration } from '../../../shared/time.ts';
import type { Scheduler } from '../../../test/simulation/engine/scheduler.ts';
import type { Caller } from './caller.ts';

/** The cache as designs use it that know no port: texts under texts. */
export interface TextCache {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttl: Duration): Promise<void>;
  delete(key: string): Promise<void>;
}

/** What the cache was used for. */
export interface CacheUse {
  /** Round trips. */
  calls: number;
  /** Keys and values, both ways. */
  bytes: number;
}

/**
 * A cache with latency: atomic per key, never full, and without faults of its own but slowness. A call is served in the
 * middle of its latency, also when its caller has given up on it by then.
 */
export class SimulatedCache {
  readonly use: CacheUse = { calls: 0, bytes: 0 };
  readonly #scheduler: Scheduler;
  readonly #entries = new Map<string, { readonly value: Uint8Array; readonly expiresAt: number }>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** The cache behind the port. */
  store(caller: Caller): CacheStore {
    const call = <Result>(options: CallOptions | undefined, serve: () => Result): Promise<Result> =>
      this.#call(caller, options?.timeout, serve);
    return {
      name: 'simulated',
      get: (key, options) => call(options, () => this.#read(key)),
      getMany: (keys, options) => call(options, () => keys.map((key) => this.#read(key))),
      setIfAbsent: (key, value, ttl, options) =>
        call(options, () => {
          if (this.#peek(key) === undefined) return this.#write(key, value, ttl);
          this.#transfer(key, value);
          return false;
        }),
      setIfUnchanged: (key, value, expected, ttl, options) =>
        call(options, () => {
          // What is compared travels as well.
          this.use.bytes += expected.byteLength;
          const found = this.#peek(key);
          if (found !== undefined && equalBytes(found, expected)) return this.#write(key, value, ttl);
          this.#transfer(key, value);
          return false;
        }),
      setAlways: async (key, value, ttl, options) => {
        await call(options, () => this.#write(key, value, ttl));
      },
      set: async (key, value, ttl, options) => {
        await call(options, () => this.#write(key, value, ttl));
      },
      setMany: (writes, options) =>
        call(options, () => {
          for (const { key, value, ttl } of writes) this.#write(key, value, ttl);
        }),
      close: async () => undefined,
    };
  }

  /** The cache as most people call it. */
  texts(caller: Caller): TextCache {
    return {
      get: (key) => this.#call(caller, undefined, () => this.#read(key)).then((bytes) => bytes && textOf(bytes)),
      set: async (key, value, ttl) => {
        await this.#call(caller, undefined, () => this.#write(key, Buffer.from(value), ttl));
      },
      delete: (key) =>
        this.#call(caller, undefined, () => {
          this.#transfer(key, undefined);
          this.#entries.delete(key);
        }),
    };
  }

  #call<Result>({ machine, luck }: Caller, timeout: Duration | undefined, serve: () => Result): Promise<Result> {
    this.use.calls += 1;
    const took = luck.take('cache');
    return new Promise((resolve, reject) => {
      const isLate = timeout !== undefined && took > timeout;
      this.#scheduler.after(took / 2, () => {
        const result = serve();
        if (!isLate) this.#scheduler.after(took / 2, () => machine.arrive(() => resolve(result)));
      });
      if (!isLate) return;
      const error = (): StoreUnavailable => new StoreUnavailable('simulated', `no answer within ${timeout} ms`);
      this.#scheduler.after(timeout, () => machine.arrive(() => reject(error())));
    });
  }

  #read(key: string): Uint8Array | undefined {
    const value = this.#peek(key);
    this.#transfer(key, value);
    return value;
  }

  #write(key: string, value: Uint8Array, ttl: Duration): true {
    this.#transfer(key, value);
    this.#entries.set(key, { value, expiresAt: this.#scheduler.now + ttl });
    return true;
  }

  #peek(key: string): Uint8Array | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || entry.expiresAt <= this.#scheduler.now ? undefined : entry.value;
  }

  #transfer(key: string, value: Uint8Array | undefined): void {
    this.use.bytes += key.length + (value?.byteLength ?? 0);
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
