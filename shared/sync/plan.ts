import { isDeepStrictEqual } from 'node:util';
import type { PrimaryKey } from '../entry/item.ts';
import { comparePositions } from '../entry/position.ts';
import { entryKey, epochKey, generationKey } from '../map/cache-key.ts';
import type { CacheMap } from '../map/cache-map.ts';
import type { AnyCollection, CollectionParams } from '../map/collection.ts';
import type { AnyEntity } from '../map/entity.ts';
import { InvalidKeyError } from '../map/errors.ts';
import type { EntryKey, PlainKey } from '../store/port.ts';
import { type Change, type MalformedRecord, readRecord } from './record.ts';

/** What a batch asks of the cache. Made without I/O; {@link apply} carries it out. */
export interface Plan {
  /** One for each entry that may have to change. */
  readonly mutations: readonly Mutation[];
  /** One for each generation that has to be replaced. */
  readonly renewals: readonly Renewal[];
  /** Records that have to be kept for somebody to look at. What they may have made stale is distrusted all the same. */
  readonly quarantined: readonly Quarantined[];
  /** For each record of the batch, what is known of it before any I/O. */
  readonly records: readonly PlannedRecord[];
}

/** The changes of a batch to one item. */
export interface Mutation {
  readonly key: EntryKey;
  readonly entity: AnyEntity;
  readonly primaryKey: PrimaryKey;
  /** Those that change what is cached, oldest first, each position once. Empty when no record could be understood. */
  readonly changes: readonly Change[];
  /** A record of this item was not understood, or is too old to go by: whatever is cached gives way to a tombstone. */
  readonly distrust: boolean;
  /** Places in the batch, ascending. */
  readonly records: readonly number[];
}

/** A generation to replace, so that the pages stored under it are valid no longer. */
export interface Renewal {
  readonly key: PlainKey;
  readonly collection: AnyCollection;
  /** `undefined`: the generation over the whole collection, because the affected parameters are not known. */
  readonly params: CollectionParams | undefined;
  /** Places in the batch, ascending. */
  readonly records: readonly number[];
}

/** A record for the quarantine queue, and why. The reason never quotes the record's data. */
export interface Quarantined {
  readonly index: number;
  readonly reason: string;
}

/** What the plan knows of one record. */
export interface PlannedRecord {
  readonly index: number;
  readonly type: Change['type'] | undefined;
  readonly entity: AnyEntity | undefined;
  readonly key: EntryKey | undefined;
  readonly fate: 'planned' | 'unchanged' | 'no-entity' | 'quarantined';
  readonly renews: number;
}

/**
 * Decides what a batch of stream records asks of the cache: collapses the records of one item, finds the collections
 * that its images belong to, and sets aside what cannot be understood. Pure, and O(records).
 *
 * @param records the `Records` of a Lambda event, in any state of repair
 */
export function plan(records: readonly unknown[], map: CacheMap, namespace: string): Plan {
  const draft = new Draft(map, namespace);
  records.forEach((record, index) => {
    const change = readRecord(record, index);
    if ('malformed' in change) draft.addMalformed(change);
    else draft.add(change);
  });
  return draft.finish();
}

interface OpenMutation extends Omit<Mutation, 'changes' | 'records'> {
  readonly changes: Change[];
  readonly records: number[];
  distrust: boolean;
}

type OpenRecord = { -readonly [Field in keyof PlannedRecord]: PlannedRecord[Field] };

class Draft {
  readonly #map: CacheMap;
  readonly #namespace: string;
  readonly #mutations = new Map<EntryKey, OpenMutation>();
  readonly #renewals = new Map<PlainKey, Renewal & { readonly records: number[] }>();
  readonly #quarantined: Quarantined[] = [];
  readonly #records: OpenRecord[] = [];

  constructor(map: CacheMap, namespace: string) {
    this.#map = map;
    this.#namespace = namespace;
  }

  add(change: Change): void {
    const match = this.#map.match(change.key);
    const record = this.#open(change.index, change.type);
    if (match.kind === 'none') return;
    if (match.kind === 'ambiguous') {
      this.#distrust(this.#claimantsOf(change.key), change.key, record);
      this.#quarantine(record, `it is not clear which entity its key belongs to: ${match.names.join(', ')}`);
      return;
    }
    const mutation = this.#mutationOf(match.entity, change.key, record);
    if (mutation === undefined) {
      this.#distrust([match.entity], change.key, record);
      this.#quarantine(record, `its key is not one that an item of entity ${match.entity.name} can have`);
      return;
    }
    // Each record is judged by itself. Comparing the first old image with the last new one is not enough: a reader may
    // have filled with what was there in between.
    if (leavesProjection(match.entity, change)) record.fate = 'unchanged';
    else mutation.changes.push(change);
    for (const collection of this.#map.collectionsOf(match.entity))
      this.#renewFor(collection, match.entity, change, record);
  }

  addMalformed({ index, malformed, key }: MalformedRecord): void {
    const record = this.#open(index, undefined);
    if (key !== undefined) this.#distrust(this.#claimantsOf(key), key, record);
    this.#quarantine(record, `malformed record: ${malformed}`);
  }

  finish(): Plan {
    const mutations: Mutation[] = [];
    for (const mutation of this.#mutations.values()) {
      if (mutation.changes.length === 0 && !mutation.distrust) continue;
      mutations.push({ ...mutation, changes: oldestFirst(mutation.changes) });
    }
    return {
      mutations,
      renewals: [...this.#renewals.values()],
      quarantined: this.#quarantined,
      records: this.#records,
    };
  }

  #open(index: number, type: Change['type'] | undefined): OpenRecord {
    const record: OpenRecord = { index, type, entity: undefined, key: undefined, fate: 'no-entity', renews: 0 };
    this.#records.push(record);
    return record;
  }

  /** The entities that a key may belong to: one, none, or more where key functions overlap. */
  #claimantsOf(key: PrimaryKey): readonly AnyEntity[] {
    const match = this.#map.match(key);
    if (match.kind === 'entity') return [match.entity];
    return match.kind === 'none' ? [] : this.#map.entities.filter(({ name }) => match.names.includes(name));
  }

  /** Nobody can say what a record did to the item: whatever is cached of it, in entries and pages, may be outdated. */
  #distrust(entities: readonly AnyEntity[], primaryKey: PrimaryKey, record: OpenRecord): void {
    for (const entity of entities) {
      const mutation = this.#mutationOf(entity, primaryKey, record);
      if (mutation !== undefined) mutation.distrust = true;
      for (const collection of this.#map.collectionsOf(entity)) this.#renew(collection, undefined, record);
    }
  }

  /** `undefined` for a key that no item of the entity can have, and under which nothing can be cached. */
  #mutationOf(entity: AnyEntity, primaryKey: PrimaryKey, record: OpenRecord): OpenMutation | undefined {
    const key = this.#entryKey(entity, primaryKey);
    if (key === undefined) return undefined;
    let mutation = this.#mutations.get(key);
    if (mutation === undefined) {
      mutation = { key, entity, primaryKey, changes: [], records: [], distrust: false };
      this.#mutations.set(key, mutation);
    }
    mutation.records.push(record.index);
    record.entity = entity;
    record.key = key;
    record.fate = 'planned';
    return mutation;
  }

  #entryKey(entity: AnyEntity, primaryKey: PrimaryKey): EntryKey | undefined {
    try {
      return entryKey(this.#namespace, entity, primaryKey);
    } catch (error) {
      if (error instanceof InvalidKeyError) return undefined;
      throw error;
    }
  }

  #renewFor(collection: AnyCollection, entity: AnyEntity, change: Change, record: OpenRecord): void {
    // An image that the stream's view leaves out may have belonged to any parameter set.
    if (lacksImage(change)) this.#renew(collection, undefined, record);
    try {
      for (const image of [change.oldImage, change.newImage]) {
        if (image === undefined) continue;
        for (const params of collection.by(image(), entity.name)) this.#renew(collection, params, record);
      }
    } catch (error) {
      this.#renew(collection, undefined, record);
      this.#quarantine(record, `"by" of collection ${collection.name} failed with ${nameOf(error)}`);
    }
  }

  #renew(collection: AnyCollection, params: CollectionParams | undefined, record: OpenRecord): void {
    const key =
      params === undefined ? epochKey(this.#namespace, collection) : generationKey(this.#namespace, collection, params);
    let renewal = this.#renewals.get(key);
    if (renewal === undefined) {
      renewal = { key, collection, params, records: [] };
      this.#renewals.set(key, renewal);
    }
    if (renewal.records.at(-1) === record.index) return;
    renewal.records.push(record.index);
    record.renews += 1;
  }

  #quarantine(record: OpenRecord, reason: string): void {
    record.fate = 'quarantined';
    if (this.#quarantined.at(-1)?.index !== record.index) this.#quarantined.push({ index: record.index, reason });
  }
}

/** Where `project` was not given there is nothing to compare: DynamoDB emits no record for a write that changes nothing. */
function leavesProjection(entity: AnyEntity, { type, oldImage, newImage }: Change): boolean {
  if (type !== 'MODIFY' || !entity.projects || oldImage === undefined || newImage === undefined) return false;
  try {
    return isDeepStrictEqual(entity.project(oldImage()), entity.project(newImage()));
  } catch {
    return false;
  }
}

function lacksImage({ type, oldImage, newImage }: Change): boolean {
  return (type !== 'INSERT' && oldImage === undefined) || (type !== 'REMOVE' && newImage === undefined);
}

/** By position, not by place: a redriven batch may hold a record twice, or after a newer one. */
function oldestFirst(changes: readonly Change[]): Change[] {
  const sorted = isSorted(changes)
    ? [...changes]
    : changes.toSorted((a, b) => comparePositions(a.position, b.position));
  return sorted.filter((change, i) => {
    const previous = sorted[i - 1];
    return previous === undefined || comparePositions(previous.position, change.position) !== 0;
  });
}

function isSorted(changes: readonly Change[]): boolean {
  return changes.every((change, i) => {
    const previous = changes[i - 1];
    return previous === undefined || comparePositions(previous.position, change.position) < 0;
  });
}

/** The class of an error, never its message: the user's own may quote the item. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
