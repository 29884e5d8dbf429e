/** A value that no entry can hold so that it comes back exactly. Names the place, never the value. */
export class UnsupportedValueError extends Error {
  /** Where in the value, e.g. `address.lines[2]`. */
  readonly path: string;

  constructor(path: string, what: string) {
    super(
      `${path} is ${what}: project it to a string, number, boolean, null, bigint, binary, set, list or plain object`,
    );
    this.name = 'UnsupportedValueError';
    this.path = path;
  }
}

/** An attribute that does not have the form DynamoDB gives it. Names the place and what was expected, never the data. */
export class MalformedImageError extends Error {
  /** Where in the image, e.g. `address.lines[2]`. */
  readonly path: string;
  /** What should have been there, e.g. `a decimal number as text`. */
  readonly expected: string;

  constructor(path: string, expected: string) {
    super(`malformed DynamoDB image: expected ${path} to be ${expected}`);
    this.name = 'MalformedImageError';
    this.path = path;
    this.expected = expected;
  }
}

/**
 * The bytes behind a readable header are not the payload that it announces. Treat the entry as not ours.
 *
 * Carries no cause: the JSON parser's messages quote the text they choked on, and item data must not reach a log.
 */
export class CorruptPayloadError extends Error {
  constructor(what: string) {
    super(`corrupt cache payload: ${what}; treat the entry as a miss`);
    this.name = 'CorruptPayloadError';
  }
}
