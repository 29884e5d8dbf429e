import { status } from '@grpc/grpc-js';
import type { Failure, Fault } from '../../local/momento/faults.ts';
import { type MomentoServer, startMomentoServer } from '../../local/momento/server.ts';
import { milliseconds, seconds } from '../../shared/time.ts';

/** The longest after its arrival that a call is applied, whoever has given up on it by then. */
export const LATEST = seconds(4);

/** What goes wrong with the calls of the cache, and with which share of them. */
const FAULTS: readonly (Fault & { readonly rate: number })[] = [
  { kind: 'fail', code: status.UNAVAILABLE, rate: 0.02 },
  { kind: 'throttle', rate: 0.01 },
  { kind: 'answer-lost', rate: 0.02 },
  // Within a reader's patience, and beyond.
  { kind: 'delay', by: milliseconds(60), rate: 0.04 },
  { kind: 'delay', by: milliseconds(700), rate: 0.005 },
  // While its caller still waits, when it has tried again, and long after it has given up.
  { kind: 'apply-late', by: milliseconds(300), rate: 0.01 },
  { kind: 'apply-late', by: milliseconds(1_500), rate: 0.005 },
  { kind: 'apply-late', by: LATEST, rate: 0.005 },
  { kind: 'black-hole', rate: 0.002 },
];

/** The Momento server of a stack, with faults, and with what takes its place when it restarts. */
export class CacheUnderFire {
  #server: MomentoServer;
  readonly #gone: MomentoServer[] = [];
  readonly #seed: number;
  #faulty = false;

  constructor(server: MomentoServer, seed: number) {
    this.#server = server;
    this.#seed = seed;
  }

  get restarts(): number {
    return this.#gone.length;
  }

  attack(): void {
    this.#faulty = true;
    for (const fault of FAULTS) this.#server.faults.inject(fault);
  }

  relent(): void {
    this.#faulty = false;
    this.#server.faults.clear();
  }

  /** Cuts all connections and comes back, at the same address, with nothing in it. */
  async restartEmpty(): Promise<void> {
    const old = this.#server;
    await old.close();
    this.#gone.push(old);
    const { port, storage } = old;
    this.#server = await startMomentoServer({ port, caches: storage.names(), seed: this.#seed + this.restarts });
    if (this.#faulty) this.attack();
  }

  /** How many calls each kind of fault has met. */
  faultsMet(): Record<Failure['kind'], number> {
    const met = this.#all().map(({ faults }) => faults.met());
    const total = (kind: Failure['kind']): number => met.reduce((sum, ofServer) => sum + ofServer[kind], 0);
    return {
      fail: total('fail'),
      throttle: total('throttle'),
      delay: total('delay'),
      'answer-lost': total('answer-lost'),
      'apply-late': total('apply-late'),
      'black-hole': total('black-hole'),
    };
  }

  calls(): number {
    return this.#all().reduce((sum, { stats }) => sum + stats.calls(), 0);
  }

  /** Keys that were written both conditionally and plainly: there must be none. */
  mixedKeys(): string[] {
    return [...new Set(this.#all().flatMap(({ stats }) => stats.mixedKeys()))];
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #all(): MomentoServer[] {
    return [...this.#gone, this.#server];
  }
}
