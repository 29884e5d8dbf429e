/**
 * The versions of one item, written one after the other by this process and nobody else: what a reader is answered then
 * tells how old it is.
 */
export class Versions {
  /** Of the writes that were confirmed, in order; times as of `performance.now()`. */
  readonly #confirmed: { readonly version: number; readonly at: number }[] = [];
  #last = 0;
  #isWriting = false;

  /** The newest version that is certain to be in the table. */
  get latest(): number {
    return this.#confirmed.at(-1)?.version ?? 0;
  }

  /** Begins a write. `undefined` while another one is under way: nobody could say which of the two came last. */
  begin(): number | undefined {
    if (this.#isWriting) return undefined;
    this.#isWriting = true;
    this.#last += 1;
    return this.#last;
  }

  /** Ends a write. One that failed may have been applied all the same: its version may be seen, and need not be. */
  end(version: number, outcome: 'confirmed' | 'unknown', at = performance.now()): void {
    this.#isWriting = false;
    if (outcome === 'confirmed') this.#confirmed.push({ version, at });
  }

  /**
   * For how many milliseconds an answer had been out of date when it was asked for; 0 when it had not been.
   *
   * @param seen the version that was answered
   * @param askedAt `performance.now()` when the read began
   */
  staleness(seen: number, askedAt: number): number {
    let replacedAt = Number.POSITIVE_INFINITY;
    // From the end, without a copy: a key that is written for hours has many versions, and is asked for the most.
    for (let i = this.#confirmed.length - 1; i >= 0; i -= 1) {
      const confirmed = this.#confirmed[i];
      if (confirmed === undefined || confirmed.version <= seen) break;
      replacedAt = confirmed.at;
    }
    return Math.max(0, askedAt - replacedAt);
  }
}
