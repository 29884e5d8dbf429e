import type { Machine } from '../../../test/simulation/engine/machine.ts';
import type { Luck } from '../latency.ts';

/** Who calls: when it can take an answer, and how long its calls take. */
export interface Caller {
  readonly machine: Machine;
  readonly luck: Luck;
}
