import type { Item } from '../../../shared/entry/item.ts';
import type { TableReader } from '../../../shared/read/table.ts';
import { EPOCH, type Machine } from '../engine/machine.ts';
import type { CollectionHistory } from '../oracle/collection-history.ts';
import { ABSENT } from '../oracle/item-history.ts';
import { cursorOf, offsetOf } from '../oracle/seen.ts';
import type { Network, Surroundings } from './network.ts';
import { type Image, imageOf, type LambdaRecord, type StoredItem, type Subject, type View } from './records.ts';

/** A result as an index shows it from some moment on. */
interface Snapshot {
  readonly from: number;
  readonly ordinal: number;
  readonly members: ReadonlyMap<string, StoredItem>;
}

/** The result of one query: what it is, and what a lagging index still shows of it. */
export class QueryResult {
  readonly history: CollectionHistory;
  readonly contains: (subject: Subject, item: StoredItem) => boolean;
  readonly #lag: number;
  #snapshots: Snapshot[] = [{ from: 0, ordinal: 0, members: new Map() }];

  /** @param lag Milliseconds by which it may show the past. */
  constructor(history: CollectionHistory, contains: QueryResult['contains'], lag: number) {
    this.history = history;
    this.contains = contains;
    this.#lag = lag;
  }

  change(pk: string, item: StoredItem | undefined, now: number, unit: () => number): number {
    const ordinal = this.history.commit();
    const members = new Map(this.#snapshots.at(-1)?.members);
    if (item === undefined) members.delete(pk);
    else members.set(pk, item);
    // An index is never ahead of itself: a change shows no earlier than the one before it.
    const from = Math.max(now + unit() * this.#lag, this.#snapshots.at(-1)?.from ?? 0);
    this.#snapshots.push({ from, ordinal, members });
    return ordinal;
  }

  shown(now: number): Snapshot {
    let shown = this.#snapshots[0];
    for (const snapshot of this.#snapshots) if (snapshot.from <= now) shown = snapshot;
    if (shown === undefined) throw new Error('a result always shows something');
    this.#snapshots = this.#snapshots.filter(({ from, ordinal }) => from > now || ordinal === shown.ordinal);
    return shown;
  }
}

/** What a write is to do to an item. */
export interface Put {
  readonly p: number;
  readonly group: string;
}

/** Whether reads see every write that came before them, as `ConsistentRead` does. */
const CONSISTENT: boolean = true;

/** How far an eventually consistent read may be behind, in milliseconds. */
const REPLICA_LAG = 1_000;

/** The table: items, results of queries, and the record of each change. */
export class SimulatedTable {
  readonly subjects = new Map<string, Subject>();
  readonly results = new Map<string, QueryResult>();
  /** Items read or written so far, and queries. */
  operations = 0;
  /** Writes so far. */
  writes = 0;
  readonly #world: Surroundings;
  readonly #network: Network;
  readonly #view: View;
  readonly #skew: number;

  constructor(world: Surroundings, network: Network, view: View, skew: number) {
    this.#world = world;
    this.#network = network;
    this.#view = view;
    this.#skew = skew;
  }

  /** Writes an item, or removes it; answers the change's record without its place in a stream. */
  write(subject: Subject, put: Put | undefined): WrittenChange {
    const { item: before, image: oldImage, history } = subject;
    const { now } = this.#world.scheduler;
    this.operations += 1;
    this.writes += 1;
    const after: StoredItem | undefined =
      put === undefined ? undefined : { PK: subject.pk, p: put.p, version: history.ordinal + 1, group: put.group };
    subject.before = before;
    subject.writtenAt = now;
    subject.item = after;
    subject.image = after && imageOf(after);
    const ordinal = history.commit(after === undefined ? ABSENT : after.p);

    const results = [];
    for (const result of this.results.values()) {
      const was = before !== undefined && result.contains(subject, before);
      const is = after !== undefined && result.contains(subject, after);
      if (!was && !is) continue;
      const changed = result.change(subject.pk, is ? after : undefined, now, this.#world.random.unit);
      results.push({ history: result.history, ordinal: changed });
    }
    return {
      subject,
      ordinal,
      results,
      eventName: after === undefined ? 'REMOVE' : before === undefined ? 'INSERT' : 'MODIFY',
      body: {
        Keys: { PK: { S: subject.pk } },
        ...this.#images(oldImage, subject.image),
        // DynamoDB rounds the time of a record down to the second.
        ApproximateCreationDateTime: Math.floor((EPOCH + now + this.#skew) / 1_000),
        StreamViewType: this.#view,
      },
    };
  }

  /** The table as the code of one machine reads it. */
  reader(machine: Machine): TableReader {
    const network = this.#network;
    const { scheduler } = this.#world;
    const itemOf = (pk: unknown): Item | undefined => this.#read(this.subjects.get(String(pk)));
    return {
      get: ({ PK }) => network.request(machine, () => itemOf(PK)),
      getMany: (keys) => network.request(machine, () => keys.map(({ PK }) => itemOf(PK))),
      query: ({ ExpressionAttributeValues: values = {} }, { limit = Number.POSITIVE_INFINITY, cursor }) =>
        network.request(machine, () => {
          this.operations += 1;
          const { ordinal, members } = this.#result(values[':group']).shown(scheduler.now);
          const start = cursor === undefined ? 0 : offsetOf(cursor);
          const items = [...members.values()].slice(start, start + limit);
          return { items, cursor: cursorOf(start + items.length, ordinal) };
        }),
    };
  }

  #read(subject: Subject | undefined): Item | undefined {
    this.operations += 1;
    if (CONSISTENT || subject === undefined) return subject?.item;
    const { scheduler, random } = this.#world;
    const lags = scheduler.now - subject.writtenAt < REPLICA_LAG && random.chance(0.5);
    return lags ? subject.before : subject.item;
  }

  #result(group: unknown): QueryResult {
    const result = this.results.get(group === undefined ? '' : String(group));
    if (result === undefined) throw new Error('a query that the simulated table does not know');
    return result;
  }

  #images(oldImage: Image | undefined, newImage: Image | undefined): Pick<LambdaRecord['dynamodb'], 'NewImage'> {
    const view = this.#view;
    const withOld = oldImage !== undefined && (view === 'NEW_AND_OLD_IMAGES' || view === 'OLD_IMAGE');
    const withNew = newImage !== undefined && (view === 'NEW_AND_OLD_IMAGES' || view === 'NEW_IMAGE');
    return { ...(withOld && { OldImage: oldImage }), ...(withNew && { NewImage: newImage }) };
  }
}

/** A change before its stream has numbered it. */
export interface WrittenChange {
  readonly subject: Subject;
  readonly ordinal: number;
  readonly results: readonly { readonly history: CollectionHistory; readonly ordinal: number }[];
  readonly eventName: LambdaRecord['eventName'];
  readonly body: Omit<LambdaRecord['dynamodb'], 'SequenceNumber'>;
}
