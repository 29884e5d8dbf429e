import type { status } from '@grpc/grpc-js';
import type { Duration } from '../../shared/time.ts';
import { seededRandom } from '../random.ts';
import type { RpcMethod } from './stats.ts';

/** What goes wrong with a call. */
export type Failure =
  /** Refused with a status, nothing applied. `err` is the trailer in which Momento names the cause. */
  | { readonly kind: 'fail'; readonly code: status; readonly err?: string }
  /** Refused as the service refuses too much traffic. */
  | { readonly kind: 'throttle' }
  /** Handled after a while, unless the client has given up by then. */
  | { readonly kind: 'delay'; readonly by: Duration }
  /** Applied; the answer is an error (UNAVAILABLE if no code is given). */
  | { readonly kind: 'answer-lost'; readonly code?: status }
  /** Applied after a while, even though the client has given up by then. */
  | { readonly kind: 'apply-late'; readonly by: Duration }
  /** Never applied, never answered. */
  | { readonly kind: 'black-hole' };

/** A failure and the calls that it meets. */
export type Fault = Failure & {
  /** Only this method; every method if left out. */
  readonly on?: RpcMethod;
  /** How many calls it meets before it is over; until it is taken back if left out. */
  readonly times?: number;
  /** Share of the calls that it meets, between 0 and 1; all if left out. */
  readonly rate?: number;
};

/** The failures that a server is to show. */
export interface Faults {
  /** Adds a fault and returns what takes it back. Of several that fit a call, the one that was added first meets it. */
  inject(fault: Fault): () => void;
  /** Takes all of them back. */
  clear(): void;
  /** How many calls each kind of failure has met so far. */
  met(): Readonly<Record<Failure['kind'], number>>;
}

/** What the server asks before it handles a call. */
export interface FaultPlan extends Faults {
  /** The failure that meets this call, if any. */
  next(method: RpcMethod): Failure | undefined;
}

/** @param seed Makes the calls that a `rate` meets repeatable. */
export function createFaultPlan(seed: number): FaultPlan {
  const random = seededRandom(seed);
  const injected = new Set<{ readonly fault: Fault; left: number }>();
  const met = { fail: 0, throttle: 0, delay: 0, 'answer-lost': 0, 'apply-late': 0, 'black-hole': 0 };

  return {
    inject(fault) {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      injected.add(entry);
      return () => void injected.delete(entry);
    },
    clear: () => injected.clear(),
    met: () => ({ ...met }),
    next(method) {
      for (const entry of injected) {
        const { on = method, rate = 1 } = entry.fault;
        if (on !== method || (rate < 1 && random() >= rate)) continue;
        entry.left -= 1;
        if (entry.left <= 0) injected.delete(entry);
        met[entry.fault.kind] += 1;
        return entry.fault;
      }
      return undefined;
    },
  };
}
