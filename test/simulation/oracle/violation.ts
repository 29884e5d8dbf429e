/** Which promise was broken. */
export type Promised = 'G1' | 'G2' | 'pages' | 'answer' | 'error' | 'quiescence';

/** A guarantee that did not hold, at one step of one world. */
export interface Violation {
  readonly promised: Promised;
  /** Cache key. */
  readonly key: string;
  readonly what: string;
}

/** Where checks report to. */
export type Report = (violation: Violation) => void;
