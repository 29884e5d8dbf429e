import { entryKey } from '../../../shared/map/cache-key.ts';
import type { AnyEntity, Entity } from '../../../shared/map/entity.ts';
import type { KeyParams } from '../../../shared/map/key-scheme.ts';
import type { ReadResult } from '../../../shared/read/outcome.ts';
import type { PlainKey } from '../../../shared/store/port.ts';
import { type Change, readRecord } from '../../../shared/sync/record.ts';
import { minutes } from '../../../shared/time.ts';
import { contentOf } from '../oracle/seen.ts';
import type { Design, ProcessParts } from '../world/design.ts';
import { NAMESPACE } from '../world/map.ts';
import type { StoreClient } from '../world/store.ts';

/** What the stream handler does with one change. */
type OnChange = (store: StoreClient, key: PlainKey, entity: AnyEntity, change: Change) => Promise<void>;

const setOnChange: OnChange = async (store, key, entity, change) => {
  if (change.newImage === undefined) await store.delete(key);
  else await store.set(key, bytesOf(entity.project(change.newImage())), TTL);
};

/** The handler of most tutorials: the new image is what is cached from now on. */
export const SET_ON_CHANGE = plainDesign('set on change + plain read-aside', setOnChange);

/** The same, with the records of a batch side by side, to be faster. */
export const SET_IN_PARALLEL: Design = {
  ...SET_ON_CHANGE,
  name: 'set on change, records in parallel',
  consumer: (parts) => async (event) => {
    await Promise.all(recordsOf(event).map((record) => handle([record], parts, setOnChange)));
    return { response: { batchItemFailures: [] } };
  },
};

/** The more careful one: whatever is cached goes, and the next reader caches it again. */
export const DELETE_ON_CHANGE = plainDesign('delete on change + plain read-aside', (store, key) => store.delete(key));

const TTL = minutes(30);

/**
 * Read-aside as it is usually written, with a stream handler beside it: values as JSON, plain writes, no versions, no
 * cached absences. Errors are handled well: a failure fails the batch, which is retried.
 */
function plainDesign(name: string, onChange: OnChange): Design {
  return {
    name,
    reader: plainReader,
    consumer: (parts) => async (event) => {
      await handle(recordsOf(event), parts, onChange);
      return { response: { batchItemFailures: [] } };
    },
    redrive: (records, parts) => handle(records, parts, onChange),
    audit: () => Promise.resolve(),
    seen: (bytes) => contentOf(Buffer.from(bytes).toString()),
    pages: false,
  };
}

function plainReader({ store, table }: ProcessParts): ReturnType<Design['reader']> {
  async function get<Params extends KeyParams, Value>(
    entity: Entity<Params, Value>,
    params: Params,
  ): Promise<ReadResult<Value>> {
    const primaryKey = entity.key(params);
    const key = plainKey(entity, primaryKey);
    const cached = await store.get(key).catch(() => undefined);
    // What was stored is what `project` made.
    if (cached !== undefined) return { outcome: 'hit', value: JSON.parse(Buffer.from(cached).toString()) as Value };
    const item = await table.get(primaryKey);
    if (item === undefined) return { outcome: 'miss', value: undefined };
    const value = entity.project(item);
    await store.set(key, bytesOf(value), TTL).catch(() => undefined);
    return { outcome: 'miss', value };
  }
  return {
    get,
    getMany: (entity, params) => Promise.all(params.map((one) => get(entity, one))),
    query: () => Promise.reject(new Error('plain designs are compared on items only')),
  };
}

async function handle(records: readonly unknown[], { store, map }: ProcessParts, onChange: OnChange): Promise<void> {
  for (const [index, record] of records.entries()) {
    const change = readRecord(record, index);
    if ('malformed' in change) throw new Error(change.malformed);
    const match = map.map.match(change.key);
    if (match.kind === 'entity') await onChange(store, plainKey(match.entity, change.key), match.entity, change);
  }
}

function recordsOf(event: unknown): readonly unknown[] {
  if (typeof event !== 'object' || event === null || !('Records' in event)) return [];
  return Array.isArray(event.Records) ? event.Records : [];
}

/** A plain design has one kind of key; in the store's types it is the plain one. */
function plainKey(entity: AnyEntity, primaryKey: ReturnType<AnyEntity['key']>): PlainKey {
  return String(entryKey(NAMESPACE, entity, primaryKey)) as PlainKey;
}

const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
