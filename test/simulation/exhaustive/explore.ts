import { afterMicrotasks } from '../engine/scheduler.ts';
import type { Violation } from '../oracle/violation.ts';
import { type Scope, SmallWorld } from './small-world.ts';

/** What an exploration came to. */
export interface Exploration {
  readonly scope: Scope;
  /** Different states that were reached. */
  readonly states: number;
  /** Steps from one state to another that were taken, those that only lead back to a known state included. */
  readonly transitions: number;
  /** Executions from the beginning. */
  readonly schedules: number;
  /** Schedules that came to rest. */
  readonly rests: number;
  /** Longest schedule, in steps. */
  readonly depth: number;
  readonly violation: (Violation & { readonly schedule: readonly string[] }) | undefined;
  /** Whether nothing was left to try. */
  readonly isComplete: boolean;
  /** Milliseconds. */
  readonly took: number;
}

/** Who watches an exploration. */
export interface ExplorationWatch {
  /** Told now and then how many states have been found. */
  readonly progress?: (states: number) => void;
  /** Asked before each schedule: whether to leave it at what has been tried. */
  readonly isOver?: () => boolean;
}

/**
 * Tries every order in which things can happen in a small world, over the real code.
 *
 * The code cannot be copied while it runs, so each schedule is executed again from the beginning (stateless search).
 * What keeps their number finite is that a state that was seen before is not continued: all that a world's future
 * depends on can be read at each scheduling point (see {@link SmallWorld.state}), the local state of the code being
 * given by what it was told. Orders of independent steps lead to the same state, so this also removes what partial
 * order reduction would. States are remembered by 53 bits of their hash.
 */
export async function explore(scope: Scope, { progress, isOver }: ExplorationWatch = {}): Promise<Exploration> {
  const started = performance.now();
  const seen = new StateSet();
  const open: number[][] = [[]];
  let transitions = 0;
  let schedules = 0;
  let rests = 0;
  let depth = 0;
  let violation: Exploration['violation'];

  while (violation === undefined && !isOver?.()) {
    let schedule = open.pop();
    if (schedule === undefined) break;
    schedules += 1;
    const world = new SmallWorld(scope);
    const names: string[] = [];
    const take = async (choice: number): Promise<void> => {
      const action = world.actions()[choice];
      if (action === undefined) throw new Error('a schedule that could be executed once cannot be executed again');
      names.push(action.name);
      action.run();
      await settled();
    };
    for (const choice of schedule) await take(choice);
    for (;;) {
      if (names.length > 0) transitions += 1;
      depth = Math.max(depth, names.length);
      const actions = world.actions();
      if (actions.length === 0) world.checkRest();
      if (world.violation !== undefined) {
        violation = { ...world.violation, schedule: names };
        break;
      }
      const state = hashOf(world.state());
      if (seen.has(state)) break;
      seen.add(state);
      if (seen.size % 10_000 === 0) progress?.(seen.size);
      if (actions.length === 0) {
        rests += 1;
        break;
      }
      for (let other = actions.length - 1; other > 0; other--) open.push([...schedule, other]);
      schedule = [...schedule, 0];
      await take(0);
    }
  }
  const took = performance.now() - started;
  const isComplete = open.length === 0;
  return { scope, states: seen.size, transitions, schedules, rests, depth, violation, isComplete, took };
}

/** Numbers that were seen: more of them than the 2^24 that one `Set` can hold. */
class StateSet {
  size = 0;
  readonly #parts = Array.from({ length: 64 }, () => new Set<number>());

  has(state: number): boolean {
    return this.#partOf(state).has(state);
  }

  add(state: number): void {
    this.#partOf(state).add(state);
    this.size += 1;
  }

  #partOf(state: number): Set<number> {
    const part = this.#parts[state % this.#parts.length];
    if (part === undefined) throw new Error('a state is a whole number');
    return part;
  }
}

/** Until all that was woken waits again. */
function settled(): Promise<void> {
  return new Promise((resolve) => afterMicrotasks(resolve));
}

/** Two 32-bit hashes (after cyrb53), of which 53 bits make a number. */
function hashOf(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x9e3779b1);
    b = Math.imul(b ^ code, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return 0x1_0000_0000 * (b & 0x1f_ffff) + (a >>> 0);
}
