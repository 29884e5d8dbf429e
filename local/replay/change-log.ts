import { isDeepStrictEqual } from 'node:util';
import type { Item, KeyValue, PrimaryKey } from '../../shared/entry/item.ts';
import { comparePositions, type StreamPosition } from '../../shared/entry/position.ts';
import { encodeKeyValue } from '../../shared/map/key-value.ts';
import { type LazyItem, readRecord } from '../../shared/sync/record.ts';
import { minutes } from '../../shared/time.ts';

/** What the events say of an item at some moment. `unknown`: they cannot tell, for instance by keys alone. */
export type ImpliedState =
  | { readonly kind: 'item'; readonly item: Item }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown' };

/** One state in the life of an item. */
interface Version {
  readonly state: ImpliedState;
  /** Epoch milliseconds: since when the table is in this state. */
  readonly at: number;
  /**
   * - `before`: what was there before the first event.
   * - `event`: what an event left.
   * - `gap`: what an event found, and no event before it had left: a change whose event was not among those given.
   */
  readonly source: 'before' | 'event' | 'gap';
}

/** The life of one item, as far as the events tell it. */
export interface ItemHistory {
  readonly key: PrimaryKey;
  /** Oldest first; the first one is always `before`. */
  readonly versions: readonly Version[];
}

/** What a whole set of events says about a table. */
export interface ChangeLog {
  readonly histories: ReadonlyMap<string, ItemHistory>;
  /** Where a record stands in its item's history; `undefined` for one that names no item. */
  placeOf(record: unknown): { readonly history: ItemHistory; readonly index: number } | undefined;
}

/**
 * Reads the lives of all items from stream records. Their order is that of the stream positions, whatever the order in
 * which the records are given: an old batch that is replayed after newer ones changes nothing in the table.
 *
 * @param records of all batches, in the order of their delivery
 */
export function readChangeLog(records: Iterable<unknown>): ChangeLog {
  const drafts = new Map<string, { key: PrimaryKey; events: ItemEvent[] }>();
  let time = 0;
  for (const record of records) {
    const read = readRecord(record, 0);
    if ('malformed' in read) {
      // Something has happened to the item, nobody knows what; no later than what was delivered with it.
      if (read.key !== undefined) eventsOf(drafts, read.key).push({ ...UNREADABLE, at: time, records: [record] });
      continue;
    }
    time = read.createdAt;
    const { type, position, createdAt, oldImage, newImage } = read;
    insert(eventsOf(drafts, read.key), {
      position,
      at: createdAt,
      before: type === 'INSERT' ? ABSENT : stateFrom(oldImage),
      after: type === 'REMOVE' ? ABSENT : (stateFrom(newImage) ?? UNKNOWN),
      records: [record],
    });
  }
  return finish(drafts);
}

/** Text that two primary keys share only if they are the same. */
export function identityOf(key: PrimaryKey): string {
  const names = Object.keys(key).sort();
  return JSON.stringify(names.map((name) => [name, keyText(key[name])]));
}

interface ItemEvent {
  /** `undefined` where the record does not say it in a form that can be understood. */
  readonly position: StreamPosition | undefined;
  readonly at: number;
  /** What the event found; `undefined` where it does not tell. */
  readonly before: ImpliedState | undefined;
  readonly after: ImpliedState;
  /** More than one where it was delivered more than once. */
  readonly records: unknown[];
}

const ABSENT: ImpliedState = { kind: 'absent' };
const UNKNOWN: ImpliedState = { kind: 'unknown' };
const UNREADABLE = { position: undefined, before: undefined, after: UNKNOWN };

function eventsOf(drafts: Map<string, { key: PrimaryKey; events: ItemEvent[] }>, key: PrimaryKey): ItemEvent[] {
  const id = identityOf(key);
  let draft = drafts.get(id);
  if (draft === undefined) {
    draft = { key, events: [] };
    drafts.set(id, draft);
  }
  return draft.events;
}

/** By position; behind an event without one that was delivered after the next older event. */
function insert(events: ItemEvent[], event: ItemEvent & { readonly position: StreamPosition }): void {
  let place = events.length;
  for (let i = events.length - 1; i >= 0; i--) {
    const other = events[i];
    if (other?.position === undefined) continue;
    const order = comparePositions(other.position, event.position);
    if (order === 0) {
      other.records.push(...event.records);
      return;
    }
    if (order < 0) break;
    place = i;
  }
  events.splice(place, 0, event);
}

function stateFrom(image: LazyItem | undefined): ImpliedState | undefined {
  if (image === undefined) return undefined;
  try {
    return { kind: 'item', item: image() };
  } catch {
    return undefined;
  }
}

function finish(drafts: ReadonlyMap<string, { key: PrimaryKey; events: readonly ItemEvent[] }>): ChangeLog {
  const histories = new Map<string, ItemHistory>();
  const places = new Map<unknown, { history: ItemHistory; index: number }>();
  for (const [id, { key, events }] of drafts) {
    const versions: Version[] = [];
    const history = { key, versions };
    for (const { before, after, at, records } of events) {
      const previous = versions.at(-1);
      if (previous === undefined) {
        versions.push({ state: before ?? UNKNOWN, at: Number.NEGATIVE_INFINITY, source: 'before' });
      } else if (before !== undefined && !isDeepStrictEqual(previous.state, before)) {
        versions.push({ state: before, at: Math.max(previous.at, at - GAP_LEAD), source: 'gap' });
      }
      versions.push({ state: after, at, source: 'event' });
      for (const record of records) places.set(record, { history, index: versions.length - 1 });
    }
    histories.set(id, history);
  }
  return { histories, placeOf: (record) => places.get(record) };
}

/** When an unseen change took place nobody knows; early enough, that a reader may have seen what it left. */
const GAP_LEAD = minutes(1);

function keyText(value: KeyValue | undefined): string {
  if (typeof value === 'string') return `s=${value}`;
  return value === undefined ? '' : (encodeKeyValue(value) ?? String(value));
}
