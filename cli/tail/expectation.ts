import { decodeEntry, type Entry, type Foreign } from '../../shared/entry/entry.ts';
import { comparePositions } from '../../shared/entry/position.ts';
import { decide } from '../../shared/sync/decide.ts';
import type { Mutation } from '../../shared/sync/plan.ts';
import type { Change } from '../../shared/sync/record.ts';

/** What becomes of the entry that a change concerns. */
export interface Expectation {
  /** `true`: the entry leaves no more to wait for. */
  readonly isReflected: boolean;
  readonly decision: 'refreshed' | 'prefilled' | 'absent' | 'tombstoned' | 'skipped';
  readonly reason: string;
}

/**
 * What the function of the stream will do with a change, or has done already, by what the entry is now. Its own rules
 * decide; but it may have been faster, and then the entry tells what it did.
 *
 * @param bytes of the entry; `undefined` where there is none
 * @param mutation of this one change
 * @param now epoch milliseconds when the entry was read
 */
export function expectation(bytes: Uint8Array | undefined, mutation: Mutation, now: number): Expectation {
  const entry = bytes === undefined ? undefined : decodeEntry(bytes);
  const [change] = mutation.changes;
  const done = change === undefined ? undefined : doneAlready(entry, change);
  if (done !== undefined) return { isReflected: true, decision: done, reason: 'applied before it was seen here' };
  const decision = decide(entry, mutation, { now, allowValue: true });
  if (decision.kind === 'keep') return { isReflected: true, decision: 'skipped', reason: decision.reason };
  return { isReflected: false, decision: decision.outcome, reason: decision.reason };
}

function doneAlready(entry: Entry | Foreign | undefined, change: Change): Expectation['decision'] | undefined {
  if (entry === undefined || entry.kind === 'foreign') return undefined;
  // A tombstone of that time or a later one is all that it can have come to, whether or not its floor says so.
  if (entry.kind === 'tombstone' && entry.at >= change.createdAt) return 'tombstoned';
  const { floor } = entry;
  if (floor === 'unknown' || comparePositions(change.position, floor) > 0) return undefined;
  return entry.kind === 'value' ? 'refreshed' : entry.kind === 'absent' ? 'absent' : 'tombstoned';
}
