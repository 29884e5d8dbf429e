/** One state of a thing. */
interface Recorded<State> {
  readonly state: State;
  readonly since: number;
  /** When the design had done all that it does about the change that made this state. */
  settledAt: number;
}

/** How wrong an answer was. */
export interface Staleness {
  /** Milliseconds for which it had been outdated when it was asked for; 0 for one that was true at some moment since. */
  readonly age: number;
  /** Nothing was on its way that would have corrected it: that is left to its TTL, or to the next write. */
  readonly isLeft: boolean;
  /** Which state was answered, among those of its thing. */
  readonly ordinal: number;
}

/** All states of one thing over time, each with a signature that an answer can be recognised by. */
export class History<State extends Answer, Answer> {
  readonly #states: Recorded<State>[] = [];
  readonly #signatureOf: (answer: Answer) => string;
  /** The last of the states that look so. */
  readonly #bySignature = new Map<string, number>();

  constructor(first: State, signatureOf: (answer: Answer) => string) {
    this.#signatureOf = signatureOf;
    this.commit(first, Number.NEGATIVE_INFINITY);
  }

  get current(): State {
    return this.asOf(Number.POSITIVE_INFINITY);
  }

  /** @returns to be called with the time at which the design is done with the change */
  commit(state: State, now: number): (settledAt: number) => void {
    const recorded = { state, since: now, settledAt: Number.POSITIVE_INFINITY };
    this.#bySignature.set(this.#signatureOf(state), this.#states.length);
    this.#states.push(recorded);
    return (settledAt) => {
      recorded.settledAt = settledAt;
    };
  }

  /** What it was at a time. */
  asOf(time: number): State {
    const recorded = this.#states.findLast(({ since }) => since <= time);
    if (recorded === undefined) throw new Error('a history has a state at any time');
    return recorded.state;
  }

  /** How wrong an answer was for somebody who asked at a time. Where several states look like it, it is the latest. */
  staleness(answer: Answer, askedAt: number): Staleness {
    const ordinal = this.#bySignature.get(this.#signatureOf(answer));
    if (ordinal === undefined) throw new Error('an answer that was never true');
    const next = this.#states[ordinal + 1];
    if (next === undefined || next.since >= askedAt) return { age: 0, isLeft: false, ordinal };
    return { age: askedAt - next.since, isLeft: next.settledAt <= askedAt, ordinal };
  }
}
