import { type Entry, encodeEntry, type Foreign, type ItemVersion, newNonce } from '../entry/entry.ts';
import { encodePayload, type Payload } from '../entry/payload.ts';
import { comparePositions, type Floor } from '../entry/position.ts';
import { CERTAINTY_MARGIN, CLOCK_MARGIN, FRESHNESS, TOMBSTONE_TTL } from '../protocol.ts';
import type { Duration } from '../time.ts';
import type { Mutation } from './plan.ts';
import type { Change } from './record.ts';

/** What is to be done with one entry, given what was read there. */
export type Decision = Keep | Write;

/** The entry already reflects the changes. */
export interface Keep {
  readonly kind: 'keep';
  readonly reason: string;
}

export interface Write {
  readonly kind: 'write';
  /** How it must be written: against nothing, against exactly what was read, or whatever is there. */
  readonly condition: 'absent' | 'unchanged' | 'always';
  readonly outcome: 'refreshed' | 'prefilled' | 'absent' | 'tombstoned';
  readonly bytes: Uint8Array;
  readonly ttl: Duration;
  readonly reason: string;
  /** The user's `project` threw, or made something that cannot be stored; the class of the error. */
  readonly projectionError: string | undefined;
}

/** What bears on a decision beside the entry and the changes. */
export interface Circumstances {
  /** Epoch milliseconds, taken after the entry was read: freshness is judged there. */
  readonly now: number;
  /** `false` once the store has refused the value as too large: then a tombstone takes its place. */
  readonly allowValue: boolean;
}

/**
 * Decides one entry by the table of the protocol (docs/protocol.md): folds the changes over what was read, one by one
 * as if each had been handled alone, and writes only where that ends. Pure but for the nonce.
 */
export function decide(
  current: Entry | Foreign | undefined,
  mutation: Mutation,
  circumstances: Circumstances,
): Decision {
  const { now } = circumstances;
  if (mutation.distrust) return tombstoneAlways('its records do not say what it should hold now', now);
  if (current?.kind === 'foreign') return tombstoneAlways('what was there is not an entry of ours', now);

  const start = stateOf(current);
  let state = start;
  let reason = 'no change';
  mutation.changes.forEach((change, i) => {
    const isLast = i === mutation.changes.length - 1;
    const step = advance(state, change, mutation, { ...circumstances, isLast });
    state = step.state;
    reason = step.reason;
  });
  if (state === start || state.form === 'nothing') return { kind: 'keep', reason };
  return writeOf(state, current, mutation, reason);
}

/**
 * The tombstone that needs no reading: after too many conflicts, for a record nobody understands, for a repair. Its
 * floor is unknown, because nothing is known of what it replaces.
 *
 * @param now epoch milliseconds
 */
export function tombstoneAlways(reason: string, now: number): Write {
  const tombstone = { kind: 'tombstone', nonce: newNonce(), at: now, floor: 'unknown' } as const;
  return {
    kind: 'write',
    condition: 'always',
    outcome: 'tombstoned',
    bytes: encodeEntry(tombstone),
    ttl: TOMBSTONE_TTL,
    reason,
    projectionError: undefined,
  };
}

/** What the rules look at: an entry without its bytes, or what would be there after some of the changes. */
type State =
  | { readonly form: 'nothing' }
  | StreamState
  | {
      readonly form: 'fill';
      readonly floor: Floor;
      readonly at: number;
      readonly readUntil: number;
      readonly version: ItemVersion | undefined;
      readonly absent: boolean;
    };

/** Written by the stream. */
interface StreamState {
  readonly form: 'value' | 'absent' | 'tombstone';
  readonly floor: Floor;
  readonly payload?: Payload;
  readonly change?: Change;
  readonly projectionError?: string;
}

interface Step {
  readonly state: State;
  readonly reason: string;
}

interface Moment extends Circumstances {
  readonly isLast: boolean;
}

function stateOf(current: Entry | undefined): State {
  if (current === undefined) return { form: 'nothing' };
  if (current.kind === 'tombstone') return { form: 'tombstone', floor: current.floor };
  if (current.origin.by === 'stream') return { form: current.kind, floor: current.floor };
  return {
    form: 'fill',
    floor: current.floor,
    at: current.at,
    readUntil: current.origin.readUntil,
    version: current.origin.itemVersion,
    absent: current.kind === 'absent',
  };
}

/** One change, by the rows of the protocol's table, in their order. */
function advance(state: State, change: Change, mutation: Mutation, moment: Moment): Step {
  const position = change.position;
  const fresh = isFresh(change, moment.now);

  if (state.form === 'nothing') {
    const prefills = fresh && change.type === 'INSERT' && mutation.entity.prefill;
    if (prefills) return refreshed(change, mutation, moment, position, 'prefilled: a new item');
    // The tombstone must be there to stop a fill that is already on its way. Its floor is known only if this event is
    // fresh: a later event's entry may have expired otherwise.
    return tombstoned(change, fresh ? position : 'unknown', 'nothing was there');
  }

  if (state.floor !== 'unknown' && comparePositions(position, state.floor) <= 0) {
    return { state, reason: 'already reflected: the floor is this event or a later one' };
  }

  if (state.form !== 'fill') {
    if (state.floor === 'unknown') return tombstoned(change, 'unknown', 'the floor is unknown');
    if (!fresh) return tombstoned(change, position, 'the event is not fresh');
    return refreshed(change, mutation, moment, position, 'newer than what the stream wrote');
  }

  const verdict = compareWithFill(state, change, mutation);
  const floorIfTombstoned = state.floor === 'unknown' ? 'unknown' : position;
  switch (verdict) {
    case 'reflected':
      return { state, reason: 'already reflected: a reader filled with this version or a later one' };
    case 'certainly-reflected':
      return { state, reason: 'already reflected: a reader filled long after this event' };
    case 'newer':
      if (!fresh) return tombstoned(change, floorIfTombstoned, 'the event is not fresh');
      return refreshed(change, mutation, moment, floorIfTombstoned, 'newer than what a reader filled');
    case 'undecided':
      // The fill may be newer than this event, and than the next: with this event as its floor, the tombstone would let
      // the next one write a state that is older than what the fill has shown.
      return tombstoned(change, 'unknown', 'a reader filled at about the same time');
  }
}

/**
 * An event of the future is not fresh either: its clock, or ours, is off by more than the margin, and the argument
 * that a later event's entry cannot have expired yet rests on the two.
 */
function isFresh(change: Change, now: number): boolean {
  const age = now - change.createdAt;
  return age < FRESHNESS && age > -CLOCK_MARGIN - ROUNDING;
}

/** DynamoDB rounds the creation time of a record down to the second. */
const ROUNDING = 1_000;

type FillVerdict = 'reflected' | 'newer' | 'certainly-reflected' | 'undecided';

function compareWithFill(fill: Extract<State, { form: 'fill' }>, change: Change, { entity }: Mutation): FillVerdict {
  const byVersion = compareVersions(fill, change, entity);
  if (byVersion !== undefined) return byVersion;
  // By the end of the read, not its beginning: a slow read may have seen what happened meanwhile.
  if (fill.readUntil + CLOCK_MARGIN < change.createdAt) return 'newer';
  if (change.createdAt + ROUNDING + CERTAINTY_MARGIN < fill.at) return 'certainly-reflected';
  return 'undecided';
}

/** By the item's own monotonic attribute, where there is one on both sides and they are of one kind. */
function compareVersions(
  fill: Extract<State, { form: 'fill' }>,
  change: Change,
  entity: Mutation['entity'],
): 'reflected' | 'newer' | undefined {
  if (fill.absent || fill.version === undefined) return undefined;
  const image = change.type === 'REMOVE' ? change.oldImage : change.newImage;
  const version = image === undefined ? undefined : attempt(() => entity.versionOf(image()));
  if (version === undefined || (typeof version === 'string') !== (typeof fill.version === 'string')) return undefined;
  // A removal is newer than the version that it removed, and older than any version that came after it.
  if (change.type === 'REMOVE') return version < fill.version ? 'reflected' : 'newer';
  return version <= fill.version ? 'reflected' : 'newer';
}

/** A value, or an absence, if the entity refreshes and the image is there; else a tombstone with the given floor. */
function refreshed(change: Change, mutation: Mutation, moment: Moment, tombstoneFloor: Floor, why: string): Step {
  const { position } = change;
  if (mutation.entity.onChange === 'invalidate')
    return tombstoned(change, tombstoneFloor, `${why}; the entity invalidates`);
  if (change.type === 'REMOVE')
    return { state: { form: 'absent', floor: position, change }, reason: `${why}; removed` };
  if (change.newImage === undefined)
    return tombstoned(change, tombstoneFloor, `${why}; the stream carries no new image`);
  if (!moment.allowValue) return tombstoned(change, tombstoneFloor, `${why}; the value is too large for the store`);
  // Over a known floor, only the last change's value is ever written, and the floors are the same either way.
  if (!moment.isLast && tombstoneFloor === position)
    return { state: { form: 'value', floor: position, change }, reason: why };
  try {
    const payload = encodePayload(mutation.entity.project(change.newImage()));
    return { state: { form: 'value', floor: position, change, payload }, reason: why };
  } catch (error) {
    const projectionError = error instanceof Error ? error.name : typeof error;
    const state = { form: 'tombstone', floor: tombstoneFloor, change, projectionError } as const;
    return { state, reason: `"project" failed with ${projectionError}` };
  }
}

function tombstoned(change: Change, floor: Floor, reason: string): Step {
  return { state: { form: 'tombstone', floor, change }, reason };
}

function writeOf(state: State, current: Entry | undefined, mutation: Mutation, reason: string): Decision {
  if (state.form === 'nothing' || state.form === 'fill' || state.change === undefined) return { kind: 'keep', reason };
  const { entity } = mutation;
  const stamp = { nonce: newNonce(), at: state.change.createdAt, floor: state.floor };
  const origin = { by: 'stream' } as const;
  const shared = {
    kind: 'write',
    condition: current === undefined ? 'absent' : 'unchanged',
    reason,
    projectionError: state.projectionError,
  } as const;
  if (state.form === 'absent') {
    const bytes = encodeEntry({ kind: 'absent', ...stamp, origin });
    return { ...shared, outcome: 'absent', bytes, ttl: entity.absentTtl };
  }
  if (state.form === 'value' && state.payload !== undefined) {
    const bytes = encodeEntry({ kind: 'value', ...stamp, origin, payload: state.payload });
    return { ...shared, outcome: current === undefined ? 'prefilled' : 'refreshed', bytes, ttl: entity.ttl };
  }
  const bytes = encodeEntry({ kind: 'tombstone', ...stamp });
  return { ...shared, outcome: 'tombstoned', bytes, ttl: TOMBSTONE_TTL };
}

function attempt<Result>(ask: () => Result): Result | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
