import type { Report } from './violation.ts';

/** What an item shows to its readers: a number that its projection carries, or 0 where there is no item. */
export type Content = number;
export const ABSENT: Content = 0;

/** What a stored entry says, as the oracle reads it. */
export type Seen = Content | 'tombstone' | 'unreadable';

/** How long entries have disagreed with events that were handled. Stays at zero as long as G1 holds. */
export interface StaleTally {
  entries: number;
  /** Milliseconds. */
  longest: number;
}

/**
 * All that ever was true of one item, and what its entry says: checks G1 and G2 each time one of them changes.
 *
 * A state is named by its ordinal: 0 before the first write, then one more with each write of the item. Several states
 * may show the same content; an entry is held to reflect the one that is best for it, so that nothing is reported that
 * somebody who reads entries could not see.
 */
export class ItemHistory {
  readonly key: string;
  /** The newest state whose event has been handled to its end and showed its readers something new. */
  handled = 0;
  /** Events that have been handled to their end. */
  handledEvents = 0;
  readonly #contents: Content[] = [ABSENT];
  readonly #newest = new Map<Content, number>([[ABSENT, 0]]);
  readonly #report: Report;
  readonly #tally: StaleTally;
  #entry: Seen | undefined;
  #expiresAt = 0;
  /** The state that the present entry is known to have reached; -1 when there has been no value in it yet. */
  #reached = -1;
  #staleSince: number | undefined;

  constructor(key: string, report: Report, tally: StaleTally) {
    this.key = key;
    this.#report = report;
    this.#tally = tally;
  }

  /** The newest state. */
  get ordinal(): number {
    return this.#contents.length - 1;
  }

  get current(): Content {
    return this.#contents[this.ordinal] ?? ABSENT;
  }

  /** The item was written. */
  commit(content: Content): number {
    this.#newest.set(content, this.#contents.length);
    this.#contents.push(content);
    return this.ordinal;
  }

  /** The newest state that shows this content; `undefined` when none ever did. */
  newestWith(content: Content): number | undefined {
    return this.#newest.get(content);
  }

  /** What the entry says at this moment. */
  entry(now: number): Seen | undefined {
    return now < this.#expiresAt ? this.#entry : undefined;
  }

  /** The entry was written. */
  written(seen: Seen, expiresAt: number, now: number): void {
    this.#entry = seen;
    this.#expiresAt = expiresAt;
    const newest = typeof seen === 'number' ? this.#newest.get(seen) : undefined;
    if (typeof seen === 'number' && newest !== undefined) {
      this.#says(seen, newest, now);
      return;
    }
    this.#becomesRight(now);
    if (typeof seen === 'number') {
      this.#report({ promised: 'G1', key: this.key, what: `holds ${seen}, which the item never was` });
    }
  }

  #says(content: Content, newest: number, now: number): void {
    if (newest < this.handled) this.#becomesStale(content, newest, now);
    else this.#becomesRight(now);
    if (newest < this.#reached) {
      const what = `went back from state ${this.#reached} to ${content}, the item's state ${newest}`;
      this.#report({ promised: 'G2', key: this.key, what });
    } else {
      this.#reached = this.#firstWith(content, newest);
    }
  }

  /** The entry is gone: expired, or lost. */
  gone(now: number): void {
    this.#becomesRight(Math.min(now, this.#expiresAt));
    this.#entry = undefined;
    this.#reached = -1;
  }

  /**
   * The event of a state was handled to its end. From now on, no entry may be older than that state, unless the event
   * changed nothing that shows: then what came before it may still be waiting in another shard.
   */
  eventHandled(ordinal: number, now: number): void {
    this.handledEvents += 1;
    if (ordinal <= this.handled || this.#contents[ordinal] === this.#contents[ordinal - 1]) return;
    this.handled = ordinal;
    const seen = this.entry(now);
    if (typeof seen !== 'number') return;
    const newest = this.#newest.get(seen);
    if (newest !== undefined && newest < ordinal) this.#becomesStale(seen, newest, now);
  }

  /** What its checks depend on beside the entry itself, as text. */
  state(): string {
    return `${this.ordinal},${this.handled},${this.#reached}`;
  }

  /** The earliest state that this content can stand for, given what is known already. */
  #firstWith(content: Content, newest: number): number {
    for (let ordinal = Math.max(this.#reached, this.handled); ordinal < newest; ordinal++) {
      if (this.#contents[ordinal] === content) return ordinal;
    }
    return newest;
  }

  #becomesStale(seen: Content, newest: number, now: number): void {
    if (this.#staleSince === undefined) {
      this.#staleSince = now;
      this.#tally.entries += 1;
    }
    const pending = this.ordinal - this.handledEvents;
    const what =
      `holds ${seen}, last true at state ${newest}, although the event of state ${this.handled} was handled; ` +
      `${pending === 0 ? 'no event is' : `${pending} events are`} pending`;
    this.#report({ promised: 'G1', key: this.key, what });
  }

  #becomesRight(now: number): void {
    if (this.#staleSince === undefined) return;
    this.#tally.longest = Math.max(this.#tally.longest, now - this.#staleSince);
    this.#staleSince = undefined;
  }
}
