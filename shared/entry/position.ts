/**
 * Where a change stands in the table's history: which stream (its label is the time at which it was switched on,
 * so a later stream has a greater label), then which sequence number in it.
 */
export interface StreamPosition {
  /** Stream label of the event source ARN, e.g. `2026-11-20T10:00:00.000`. */
  readonly label: string;
  /** `dynamodb.SequenceNumber`: decimal digits, up to 40, not padded. */
  readonly sequence: string;
}

/** The newest stream event that an entry is known to reflect; `unknown` (written `*`) promises nothing. */
export type Floor = StreamPosition | 'unknown';

/**
 * Orders two positions: negative when `a` is older than `b`, zero when they are the same event.
 *
 * Sequence numbers are compared as numbers: as text `9` would be newer than `10`, and an older event would pass for
 * one that is already reflected.
 */
export function comparePositions(a: StreamPosition, b: StreamPosition): number {
  if (a.label !== b.label) return a.label < b.label ? -1 : 1;
  return compareSequences(a.sequence, b.sequence);
}

/** Orders two sequence numbers numerically without building big integers. Leading zeros are allowed. */
export function compareSequences(a: string, b: string): number {
  const left = stripLeadingZeros(a);
  const right = stripLeadingZeros(b);
  if (left.length !== right.length) return left.length - right.length;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function stripLeadingZeros(digits: string): string {
  if (digits.charCodeAt(0) !== 48) return digits;
  const stripped = digits.replace(/^0+/, '');
  return stripped === '' ? '0' : stripped;
}
