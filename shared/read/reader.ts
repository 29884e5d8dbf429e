import type { Collection, CollectionParams } from '../map/collection.ts';
import type { Entity } from '../map/entity.ts';
import type { KeyParams } from '../map/key-scheme.ts';
import { systemClock } from '../time.ts';
import { decode, toJson, unlessCorrupt } from './answer.ts';
import { CollectionReader, type PageRequest } from './collection-reader.ts';
import { ItemReader } from './item-reader.ts';
import type { JsonResult, PageJsonResult, PageResult, ReadResult } from './outcome.ts';
import { DEFAULT_READER_SETTINGS, type ReadDependencies, type ReaderOptions } from './settings.ts';

/** Read-aside over a cache and a table. */
export interface Reader {
  /**
   * One item. One cache read on a hit; on a miss one consistent table read and one conditional write more.
   *
   * @throws {InvalidKeyError} when the parameters cannot be a key of the entity
   * @throws whatever the table or the user's `project` throws; a cache that fails is a `bypass`, never an error
   * @example const { value, outcome } = await reader.get(user, { username: 'alice' });
   */
  get<Params extends KeyParams, Value>(entity: Entity<Params, Value>, params: Params): Promise<ReadResult<Value>>;
  /** One item as JSON text, e.g. for an HTTP body. A hit is passed on without being parsed. */
  getJson<Params extends KeyParams, Value>(entity: Entity<Params, Value>, params: Params): Promise<JsonResult>;
  /**
   * Many items in the order asked for: one cache read, and one table read (100 keys to a request) for what it misses.
   *
   * @example const [alice, bob] = await reader.getMany(user, [{ username: 'alice' }, { username: 'bob' }]);
   */
  getMany<Params extends KeyParams, Value>(
    entity: Entity<Params, Value>,
    params: readonly Params[],
  ): Promise<ReadResult<Value>[]>;
  /**
   * One page of a collection: one cache read on a hit; one query more on a miss.
   *
   * @throws {InvalidCursorError} when `page.cursor` is not one that an earlier page gave
   * @example const { items, cursor } = await reader.query(openOrders, {}, { limit: 20 });
   */
  query<Params extends CollectionParams, Value>(
    collection: Collection<Params, Value>,
    params: Params,
    page?: PageRequest,
  ): Promise<PageResult<Value>>;
  /**
   * Loads the first page of a collection from the table and stores it, without looking at what is stored: for whoever
   * has just made it outdated.
   */
  reload<Params extends CollectionParams, Value>(collection: Collection<Params, Value>, params: Params): Promise<void>;
  /** One page of a collection as JSON text: an array. */
  queryJson<Params extends CollectionParams, Value>(
    collection: Collection<Params, Value>,
    params: Params,
    page?: PageRequest,
  ): Promise<PageJsonResult>;
}

/** Makes a reader. Safe to share by all requests of a process; nothing is left running behind an answer. */
export function createReader(options: ReaderOptions): Reader {
  const dependencies: ReadDependencies = {
    clock: systemClock,
    random: Math.random,
    observer: {},
    ...options,
    settings: { ...DEFAULT_READER_SETTINGS, ...options.settings },
  };
  const items = new ItemReader(dependencies);
  const pages = new CollectionReader(dependencies);

  return {
    async get<Params extends KeyParams, Value>(
      entity: Entity<Params, Value>,
      params: Params,
    ): Promise<ReadResult<Value>> {
      const answer = await items.read(entity, params);
      return unlessCorrupt(answer, decode<Value>, () => items.readChecked(entity, params));
    },

    async getJson<Params extends KeyParams, Value>(entity: Entity<Params, Value>, params: Params): Promise<JsonResult> {
      const answer = await items.read(entity, params);
      return unlessCorrupt(answer, toJson, () => items.readChecked(entity, params));
    },

    async getMany<Params extends KeyParams, Value>(
      entity: Entity<Params, Value>,
      params: readonly Params[],
    ): Promise<ReadResult<Value>[]> {
      const reads = await items.readMany(entity, params);
      return Promise.all(
        reads.map((read) => unlessCorrupt(read.answer, decode<Value>, () => items.readChecked(entity, read.params))),
      );
    },

    async query<Params extends CollectionParams, Value>(
      collection: Collection<Params, Value>,
      params: Params,
      page: PageRequest = {},
    ) {
      const answer = await pages.read(collection, params, page);
      const shape = (from: typeof answer): PageResult<Value> => {
        const { outcome, value = [] } = decode<Value[]>(from);
        return { outcome, items: value, cursor: from.cursor };
      };
      return unlessCorrupt(answer, shape, () => pages.readChecked(collection, params, page));
    },

    reload: (collection, params) => pages.reload(collection, params),

    async queryJson<Params extends CollectionParams, Value>(
      collection: Collection<Params, Value>,
      params: Params,
      page: PageRequest = {},
    ) {
      const answer = await pages.read(collection, params, page);
      const shape = (from: typeof answer): PageJsonResult => {
        const { outcome, json = '[]' } = toJson(from);
        return { outcome, json, cursor: from.cursor };
      };
      return unlessCorrupt(answer, shape, () => pages.readChecked(collection, params, page));
    },
  };
}
