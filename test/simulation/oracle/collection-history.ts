import type { Report } from './violation.ts';

/** A page as the oracle reads it. */
export interface SeenPage {
  readonly generation: string;
  readonly epoch: string;
  /** The state of the result that it shows. */
  readonly ordinal: number;
}

/**
 * All that happened to one parameter set of a collection: checks that no valid page misses a change whose event was
 * handled. A state of the result is named by its ordinal, one more with each change to a member.
 */
export class CollectionHistory {
  readonly key: string;
  ordinal = 0;
  handled = 0;
  readonly #report: Report;
  readonly #pages = new Map<string, SeenPage & { readonly expiresAt: number }>();
  #generation: string | undefined;
  #epoch: string | undefined;

  constructor(key: string, report: Report) {
    this.key = key;
    this.#report = report;
  }

  /** A member changed. */
  commit(): number {
    this.ordinal += 1;
    return this.ordinal;
  }

  pageWritten(key: string, page: SeenPage, expiresAt: number): void {
    this.#pages.set(key, { ...page, expiresAt });
    this.#check(key, page);
  }

  pageGone(key: string): void {
    this.#pages.delete(key);
  }

  generationWritten(nonce: string | undefined): void {
    this.#generation = nonce;
    this.#checkAll(undefined);
  }

  epochWritten(nonce: string | undefined): void {
    this.#epoch = nonce;
    this.#checkAll(undefined);
  }

  handledUpTo(ordinal: number, now: number): void {
    if (ordinal <= this.handled) return;
    this.handled = ordinal;
    this.#checkAll(now);
  }

  #checkAll(now: number | undefined): void {
    for (const [key, page] of this.#pages) {
      if (now !== undefined && page.expiresAt <= now) this.#pages.delete(key);
      else this.#check(key, page);
    }
  }

  #check(key: string, { generation, epoch, ordinal }: SeenPage): void {
    if (generation !== this.#generation || epoch !== this.#epoch || ordinal >= this.handled) return;
    const what = `is valid and shows state ${ordinal}, although the event of state ${this.handled} was handled`;
    this.#report({ promised: 'pages', key, what });
  }
}
