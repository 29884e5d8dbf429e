import type { FaultRates } from '../engine/faults.ts';
import type { Machine } from '../engine/machine.ts';
import type { Random } from '../engine/random.ts';
import type { Scheduler } from '../engine/scheduler.ts';

/** What every part of a world is made with. */
export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** Replaced by none when the world comes to rest. */
  rates: FaultRates;
}

/** How long requests take, and how their answers come back. */
export class Network {
  readonly #world: Surroundings;

  constructor(world: Surroundings) {
    this.#world = world;
  }

  /** Milliseconds that a request is on its way when nothing is wrong: enough spread to reorder what runs side by side. */
  latency(): number {
    return this.#world.random.unit() * 5;
  }

  /** The same, or much longer. */
  perhapsSlow(): number {
    const { random, rates } = this.#world;
    return random.chance(rates.slow) ? random.logBetween(20, 30_000) : this.latency();
  }

  /**
   * A request without a deadline: it is served after a while, and after another while its answer arrives.
   *
   * @param serve runs at one moment, by itself
   */
  request<Result>(machine: Machine, serve: () => Result): Promise<Result> {
    const { scheduler, random, rates } = this.#world;
    return new Promise((resolve) => {
      // The longer a table takes, the more changes it may have seen meanwhile.
      const latency = random.chance(rates.slow) ? random.logBetween(1_000, 30_000) : this.perhapsSlow();
      scheduler.after(latency, () => {
        const result = serve();
        this.answer(machine, () => resolve(result));
      });
    });
  }

  /** Brings an answer back, mostly at once: how long a request takes varies enough. */
  answer(machine: Machine, hand: () => void): void {
    const { scheduler, random } = this.#world;
    if (random.chance(PROMPT)) machine.arrive(hand, 'table');
    else scheduler.after(this.perhapsSlow(), () => machine.arrive(hand, 'table'));
  }
}

/** Share of answers that arrive in the moment in which the request is served. */
const PROMPT = 0.8;
