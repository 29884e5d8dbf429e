import type { Item } from '../../../shared/entry/item.ts';
import { defineCacheMap } from '../../../shared/map/cache-map.ts';
import { collection } from '../../../shared/map/collection.ts';
import { entity } from '../../../shared/map/entity.ts';
import type { ReadOutcome } from '../../../shared/read/outcome.ts';
import { createReader, type Reader } from '../../../shared/read/reader.ts';
import type { TableReader } from '../../../shared/read/table.ts';
import { createSync } from '../../../shared/sync/batch.ts';
import { type Duration, seconds } from '../../../shared/time.ts';
import { partitionOf } from '../world/row.ts';
import type { TableClient } from '../world/table.ts';
import type { Design, ProcessParts } from './design.ts';

/** This library as it is: its reader and its stream function, only the cache and the table behind them are simulated. */
export const OURS_REFRESH = ours({
  id: 'ours-refresh',
  name: 'ours, refresh',
  description: 'This library; a change writes the new value, and renewed lists are loaded again.',
  onChange: 'refresh',
});

export const OURS_INVALIDATE = ours({
  id: 'ours-invalidate',
  name: 'ours, invalidate',
  description: 'This library; a change marks what is cached as outdated, and the next reader fills it.',
  onChange: 'invalidate',
});

function ours({
  onChange,
  ...about
}: Pick<Design, 'id' | 'name' | 'description'> & { readonly onChange: 'refresh' | 'invalidate' }): Design {
  return {
    ...about,
    isOurs: true,
    readPath(parts) {
      const { item, list, reader } = connect(parts, onChange);
      return {
        async item(key) {
          const { outcome, value } = await reader.get(item, key);
          return { value, isHit: isHit(outcome) };
        },
        async list(name) {
          const { outcome, items } = await reader.query(list, { list: name });
          return { value: items, isHit: isHit(outcome) };
        },
      };
    },
    consumer(parts) {
      const { map, reader } = connect(parts, onChange);
      return createSync({
        map,
        namespace: NAMESPACE,
        store: parts.store,
        clock: parts.machine,
        quarantine: () => Promise.reject(new Error('nothing in this workload is to be quarantined')),
        reload: reader.reload,
      });
    },
  };
}

const NAMESPACE = 'bench';

const isHit = (outcome: ReadOutcome): boolean => outcome === 'hit' || outcome === 'absent';

function connect({ machine, store, table, random, scenario }: ProcessParts, onChange: 'refresh' | 'invalidate') {
  const { item, list, map } = benchMap(onChange, scenario.ttl);
  const reader: Reader = createReader({
    namespace: NAMESPACE,
    store,
    table: tableReader(table, (key) => {
      const params = item.match(key);
      if (params === undefined) throw new Error('only items of the workload are read');
      return params;
    }),
    clock: machine,
    random,
  });
  return { item, list, map, reader };
}

function benchMap(onChange: 'refresh' | 'invalidate', ttl: Duration) {
  const item = entity('item', {
    key: { PK: 'LIST#{list}', SK: 'ITEM#{id}' },
    onChange,
    ttl,
    absentTtl: ttl,
    project: ({ id, write, body }) => ({ id: String(id), write: Number(write), body: String(body) }),
  });
  const list = collection('list', {
    of: item,
    by: (image: Item) => [{ list: String(image.list) }],
    query: ({ list: name }) => ({
      KeyConditionExpression: 'PK = :list',
      ExpressionAttributeValues: { ':list': partitionOf(name) },
      ConsistentRead: true,
    }),
    settle: seconds(0),
    onChange: onChange === 'refresh' ? 'reload' : 'invalidate',
    ttl,
    project: ({ id, write, title }) => ({ id: String(id), write: Number(write), title: String(title) }),
  });
  return { item, list, map: defineCacheMap({ entities: [item], collections: [list] }) };
}

function tableReader(
  table: TableClient,
  keyOf: (key: Parameters<TableReader['get']>[0]) => Parameters<TableClient['item']>[0],
): TableReader {
  return {
    get: async (key) => itemOf(await table.item(keyOf(key), true)),
    getMany: (keys) => Promise.all(keys.map(async (key) => itemOf(await table.item(keyOf(key), true)))),
    async query({ ExpressionAttributeValues: values, ConsistentRead: consistent }) {
      const partition = String(values?.[':list']);
      const rows = await table.list(partition.slice(partitionOf('').length), consistent === true);
      return { items: rows.map((row) => ({ ...row })), cursor: undefined };
    },
  };
}

/** The library's own type of an item is one that may be changed. */
const itemOf = (row: Readonly<Item> | undefined): Item | undefined => row && { ...row };
