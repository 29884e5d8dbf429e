import type { Item, PrimaryKey } from '../../shared/entry/item.ts';
import type { CacheMap } from '../../shared/map/cache-map.ts';
import type { QueryRequest } from '../../shared/map/collection.ts';
import type { TablePage, TableReader } from '../../shared/read/table.ts';
import type { Clock } from '../../shared/time.ts';
import { type ChangeLog, type ImpliedState, type ItemHistory, identityOf } from './change-log.ts';
import { type ImpliedQuery, type Member, type SortAttributes, understand } from './implied-query.ts';
import type { ParameterSet } from './touched.ts';

/** The events do not tell what the table holds there. */
export class StateUnknown extends Error {
  override readonly name = 'StateUnknown';
}

export interface ImpliedTableOptions {
  readonly log: ChangeLog;
  readonly map: CacheMap;
  /** Decides which of the events have happened. */
  readonly clock: Clock;
  /** Of the collections: they tell which kinds of item live in which partition of which index. */
  readonly parameterSets: readonly ParameterSet[];
  readonly sortAttributes?: SortAttributes;
}

/** The names of the entities by partition. */
type Residents = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The table that a set of events implies, and no other item in it: what a reader is answered from when it misses, and
 * what the entries are compared with.
 *
 * An event has happened once the clock has reached its creation, or once it was delivered. What has happened and was
 * not delivered yet is on its way: until then an entry may show either state.
 */
export class ImpliedTable implements TableReader {
  readonly #log: ChangeLog;
  readonly #map: CacheMap;
  readonly #clock: Clock;
  readonly #sortAttributes: SortAttributes;
  readonly #residents: Residents;
  /** The newest version of each item whose event was delivered. */
  readonly #delivered = new Map<ItemHistory, number>();

  constructor({ log, map, clock, parameterSets, sortAttributes = new Map() }: ImpliedTableOptions) {
    this.#log = log;
    this.#map = map;
    this.#clock = clock;
    this.#sortAttributes = sortAttributes;
    this.#residents = residentsOf(parameterSets, sortAttributes);
  }

  /** Marks records as delivered. */
  deliver(records: readonly unknown[]): void {
    for (const record of records) {
      const place = this.#log.placeOf(record);
      if (place === undefined) continue;
      this.#delivered.set(place.history, Math.max(place.index, this.#deliveredIndex(place.history)));
    }
  }

  /** @throws {StateUnknown} */
  async get(key: PrimaryKey): Promise<Item | undefined> {
    const history = this.#historyOf(key);
    return itemOf(this.#stateAt(history, this.#clock.now()));
  }

  /** @throws {StateUnknown} */
  async getMany(keys: readonly PrimaryKey[]): Promise<(Item | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  /**
   * @throws {StateUnknown} when an item that may be part of the result is in an unknown state
   * @throws {QueryNotUnderstood}
   */
  async query(request: QueryRequest, page: { limit?: number; cursor?: string }): Promise<TablePage> {
    return this.#queryAt(understand(request, this.#sortAttributes), page, this.#clock.now());
  }

  /** The states that an entry may show, the one that was delivered first; more than one while events are on their way. */
  acceptable(key: PrimaryKey): readonly ImpliedState[] {
    const history = this.#historyOf(key);
    const newest = this.#indexAt(history, this.#clock.now());
    return history.versions.slice(this.#deliveredIndex(history), newest + 1).map(({ state }) => state);
  }

  /** Whether the events skip a change of the item before the one that was delivered last. */
  hasGap(key: PrimaryKey): boolean {
    const history = this.#historyOf(key);
    return history.versions.slice(0, this.#deliveredIndex(history) + 1).some(({ source }) => source === 'gap');
  }

  /**
   * The pages that a query may show, as {@link acceptable} for items.
   *
   * @throws {QueryNotUnderstood}
   */
  acceptablePages(
    request: QueryRequest,
    page: { limit?: number; cursor?: string },
  ): readonly (TablePage | 'unknown')[] {
    const query = understand(request, this.#sortAttributes);
    return this.#moments().map((moment) => {
      try {
        return this.#queryAt(query, page, moment);
      } catch (error) {
        if (error instanceof StateUnknown) return 'unknown';
        throw error;
      }
    });
  }

  #queryAt(query: ImpliedQuery, page: { limit?: number; cursor?: string }, moment: number): TablePage {
    const members: Member[] = [];
    for (const history of this.#log.histories.values()) {
      const { key } = history;
      const state = this.#stateAt(history, moment);
      if (state.kind === 'item' && query.includes(state.item)) members.push({ key, item: state.item });
      if (state.kind === 'unknown' && query.couldInclude(key) && this.#mayLiveIn(query.partition, key)) {
        throw new StateUnknown('an item that may be part of the result is in a state that the events do not tell');
      }
    }
    return query.page(members, page);
  }

  #mayLiveIn(partition: string, key: PrimaryKey): boolean {
    const match = this.#map.match(key);
    const residents = this.#residents.get(partition);
    return residents === undefined || (match.kind === 'entity' && residents.has(match.entity.name));
  }

  /** Now as it was delivered, and after each event that is on its way. */
  #moments(): number[] {
    const now = this.#clock.now();
    const moments = new Set([Number.NEGATIVE_INFINITY]);
    for (const history of this.#log.histories.values()) {
      for (const { at } of history.versions.slice(this.#deliveredIndex(history) + 1)) if (at <= now) moments.add(at);
    }
    return [...moments].sort((a, b) => a - b);
  }

  #historyOf(key: PrimaryKey): ItemHistory {
    const history = this.#log.histories.get(identityOf(key));
    if (history === undefined) throw new StateUnknown('no event is about this item');
    return history;
  }

  #stateAt(history: ItemHistory, moment: number): ImpliedState {
    return history.versions[this.#indexAt(history, moment)]?.state ?? { kind: 'unknown' };
  }

  #indexAt(history: ItemHistory, moment: number): number {
    const happened = history.versions.findLastIndex(({ at }) => at <= moment);
    return Math.max(happened, this.#deliveredIndex(history));
  }

  #deliveredIndex(history: ItemHistory): number {
    return this.#delivered.get(history) ?? 0;
  }
}

function itemOf(state: ImpliedState): Item | undefined {
  if (state.kind === 'unknown') throw new StateUnknown('the events do not tell what the table holds there');
  return state.kind === 'item' ? state.item : undefined;
}

function residentsOf(sets: readonly ParameterSet[], sortAttributes: SortAttributes): Residents {
  const residents = new Map<string, Set<string>>();
  for (const { collection, params } of sets) {
    let partition: string;
    try {
      ({ partition } = understand(collection.query(params), sortAttributes));
    } catch {
      // A query that is not understood, or the user's own code throws: it is met again when its page is read.
      continue;
    }
    const names = residents.get(partition) ?? new Set();
    for (const { name } of collection.of) names.add(name);
    residents.set(partition, names);
  }
  return residents;
}
