/** Something that happens at a moment of virtual time. */
interface Task {
  readonly time: number;
  /** Tasks of one moment run in the order in which they were scheduled. */
  readonly order: number;
  readonly run: () => void;
}

/**
 * The one source of time and order in a simulated world. Virtual time jumps from task to task; between two tasks that
 * wake code up, that code runs until it waits for the world again.
 */
export class Scheduler {
  /** Virtual milliseconds since the beginning of the world. */
  now = 0;
  /** Tasks run so far. */
  steps = 0;
  #queue: Task[] = [];
  #order = 0;
  #woken = false;
  #stopped = false;
  #failure: unknown;

  /** Schedules a task; in the past means now. */
  at(time: number, run: () => void): void {
    push(this.#queue, { time: Math.max(time, this.now), order: this.#order++, run });
  }

  after(delay: number, run: () => void): void {
    this.at(this.now + delay, run);
  }

  /** To be called by a task that resolves a promise: the code that waits for it runs before the next task. */
  wake(): void {
    this.#woken = true;
  }

  /** Ends {@link run} after the current task; with an error, if one is given. */
  stop(failure?: unknown): void {
    this.#stopped = true;
    this.#failure ??= failure;
  }

  /** Runs until nothing is left to happen, or until {@link stop}. */
  run(): Promise<void> {
    this.#stopped = false;
    return new Promise((resolve, reject) => {
      const end = (): void => (this.#failure === undefined ? resolve() : reject(this.#failure));
      const stepAfterwards = whenSettled(() => {
        if (this.#runUntilWoken()) stepAfterwards();
        // Whatever was woken last still belongs to this world, and to its timers.
        else afterMicrotasks(end);
      });
      stepAfterwards();
    });
  }

  /** `false` when nothing more is to be run. */
  #runUntilWoken(): boolean {
    this.#woken = false;
    try {
      while (!this.#woken && !this.#stopped) {
        const task = pop(this.#queue);
        if (task === undefined) return false;
        this.now = task.time;
        this.steps += 1;
        task.run();
      }
    } catch (error) {
      this.stop(error);
    }
    return !this.#stopped;
  }
}

/**
 * Runs something once everything that was woken waits again: a tick that is queued from a microtask runs only when all
 * microtasks have run, however many of them each one begets.
 */
export function afterMicrotasks(run: () => void): void {
  whenSettled(run)();
}

/** The same to be asked for again and again, which then costs no more than it must. */
function whenSettled(run: () => void): () => void {
  const tick = (): void => process.nextTick(run);
  return () => void SETTLED.then(tick);
}

/** Its reactions are plain microtasks, cheaper than those of `queueMicrotask`. */
const SETTLED = Promise.resolve();

function isBefore(a: Task, b: Task): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

/** Into a binary heap. */
function push(heap: Task[], task: Task): void {
  let at = heap.length;
  heap.push(task);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || isBefore(parent, task)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = task;
}

function pop(heap: Task[]): Task | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  const { length } = heap;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    let child = heap[below];
    if (child === undefined) break;
    const right = below + 1 < length ? heap[below + 1] : undefined;
    if (right !== undefined && isBefore(right, child)) {
      below += 1;
      child = right;
    }
    if (isBefore(last, child)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
  return first;
}
