import { SUBJECTS, type Subject } from './subjects.ts';

/** Between which two moments (`performance.now()`) something happened. */
export interface Span {
  readonly began: number;
  readonly ended: number;
}

interface Version {
  readonly exists: boolean;
  readonly began: number;
  /** Infinite while the write is under way. */
  ended: number;
  /** When the synchronizer said that it had applied the event of the write; infinite until then. */
  applied: number;
}

/** How old an answer was. */
export interface Staleness {
  /** For how long it had been replaced when the read began, in milliseconds; 0 when it had not been. */
  readonly ms: number;
  /** Whether the event of what replaced it had been applied by then: nothing was on its way any more to correct it. */
  readonly isBeyondEvent: boolean;
}

/** What a reader was told that no write ever made. */
export class NeverWritten extends Error {
  override readonly name = 'NeverWritten';
}

/** The states of one item in the order in which they were written, one write at a time. Version 0: there is none. */
export class History {
  readonly #versions: Version[] = [{ exists: false, began: 0, ended: 0, applied: 0 }];

  get latest(): number {
    return this.#versions.length - 1;
  }

  get exists(): boolean {
    return this.#versions.at(-1)?.exists === true;
  }

  /** Makes a version, whose number `write` is told. */
  async write(exists: boolean, write: (version: number) => Promise<void>): Promise<void> {
    const never = Number.POSITIVE_INFINITY;
    const version: Version = { exists, began: performance.now(), ended: never, applied: never };
    this.#versions.push(version);
    await write(this.latest);
    version.ended = performance.now();
  }

  /**
   * Notes that the event of a version is applied.
   *
   * @returns the milliseconds that it took from the write
   */
  apply(number: number): number {
    const version = this.#versions[number];
    if (version === undefined) throw new NeverWritten(`an event is of version ${number}, which nobody wrote`);
    version.applied = Math.min(version.applied, performance.now());
    return Math.max(0, version.applied - version.ended);
  }

  /**
   * How old what was read is.
   *
   * @param seen the version that was read; `undefined`: none that is shown. Of several such, the newest is meant
   * @param shows whether an existing version is shown where it was read
   * @throws {NeverWritten} when there is no such version
   */
  staleness(seen: number | undefined, read: Span, shows: (version: number) => boolean = () => true): Staleness {
    const isShown = (i: number): boolean => this.#versions[i]?.exists === true && shows(i);
    const version = seen ?? this.#versions.findLastIndex(({ began }, i) => !isShown(i) && began <= read.ended);
    if (version === -1 || version > this.latest || (seen !== undefined && !isShown(seen))) {
      throw new NeverWritten(`a reader was answered with version ${seen}, which is not one that was to be seen`);
    }
    const successor = this.#versions[version + 1];
    if (successor === undefined) return UP_TO_DATE;
    return { ms: Math.max(0, read.began - successor.ended), isBeyondEvent: successor.applied < read.began };
  }
}

export type Histories = ReadonlyMap<Subject, History>;

export const newHistories = (): Histories => new Map(SUBJECTS.map((subject) => [subject, new History()]));

export function historyOf(subject: Subject, histories: Histories): History {
  const history = histories.get(subject);
  if (history === undefined) throw new Error('every subject has a history');
  return history;
}

const UP_TO_DATE: Staleness = { ms: 0, isBeyondEvent: false };
