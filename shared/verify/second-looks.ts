import type { AuditSample } from '../repair/audit-sample.ts';
import type { Look } from '../repair/look.ts';
import type { Wait } from '../scan/wait.ts';
import type { Clock, Duration } from '../time.ts';

export interface SecondLooksOptions {
  /** Between two looks at an entry. */
  readonly patience: Duration;
  readonly clock: Clock;
  readonly wait: Wait;
  readonly look: (sample: AuditSample) => Promise<Look>;
  /** Hears of what a look came to, unless it has to be repeated. */
  readonly onLook: (sample: AuditSample, look: Exclude<Look, { kind: 'suspect' }>) => Promise<void>;
}

/** Entries that disagreed with the table, each waiting for the look that tells a pending change from a stale entry. */
export class SecondLooks {
  readonly #options: SecondLooksOptions;
  readonly #waiting = new Map<AuditSample, { readonly dueAt: number }>();
  #complete = false;

  constructor(options: SecondLooksOptions) {
    this.#options = options;
  }

  add(sample: AuditSample): void {
    const { clock, patience } = this.#options;
    this.#waiting.set(sample, { dueAt: clock.monotonic() + patience });
  }

  /** No more are added: {@link run} ends with the last one. */
  complete(): void {
    this.#complete = true;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Those whose looks have not come to an end. */
  get waiting(): readonly AuditSample[] {
    return [...this.#waiting.keys()];
  }

  /** Resolves when there are few enough that more can be added, and when the signal aborts. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#waiting.size >= MOST_WAITING && !signal.aborted) await this.#options.wait(PAUSE_MS, signal);
  }

  /**
   * Looks at each one when it is due, until there are no more.
   *
   * @throws the first error of a look; those that were under way have then ended, and it is still among the waiting
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(this.#complete && this.#waiting.size === 0)) {
      const due = this.#due();
      if (due.length === 0) await this.#options.wait(PAUSE_MS, signal);
      const looks = await Promise.allSettled(due.map((sample) => this.#lookAt(sample)));
      const failure = looks.find(({ status }) => status === 'rejected');
      if (failure?.status === 'rejected') throw failure.reason;
    }
  }

  #due(): AuditSample[] {
    const now = this.#options.clock.monotonic();
    const due: AuditSample[] = [];
    for (const [sample, { dueAt }] of this.#waiting) {
      // In the order in which they were added, which is the order in which they are due.
      if (dueAt > now || due.length === LOOKS_AT_ONCE) break;
      due.push(sample);
    }
    return due;
  }

  async #lookAt(sample: AuditSample): Promise<void> {
    const look = await this.#options.look(sample);
    if (look.kind === 'suspect') this.add(look.again);
    else await this.#options.onLook(sample, look);
    this.#waiting.delete(sample);
  }
}

/** The scan waits while there are so many: where most entries are stale, it must not gather them all in memory. */
const MOST_WAITING = 2_000;
const LOOKS_AT_ONCE = 16;
const PAUSE_MS = 50;
