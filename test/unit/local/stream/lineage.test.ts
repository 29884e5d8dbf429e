import { expect, test } from 'vitest';
import { readableShards, type Shard } from '../../../../local/stream/lineage.ts';

const shard = (id: string, parentId?: string): Shard => ({ id, parentId, isClosed: false });
const parent = shard('parent');
const children = [shard('left', 'parent'), shard('right', 'parent')];
const readable = (shards: Shard[], started: string[], finished: string[]) =>
  readableShards(shards, new Set(started), new Set(finished)).map(({ id }) => id);

test('children wait until their parent is read to its end', () => {
  expect(readable([parent, ...children], [], [])).toEqual(['parent']);
  expect(readable([parent, ...children], ['parent'], [])).toEqual([]);
  expect(readable([parent, ...children], ['parent'], ['parent'])).toEqual(['left', 'right']);
});

test('a child whose parent is gone from the stream does not wait for it', () => {
  expect(readable(children, [], [])).toEqual(['left', 'right']);
});

test('a shard is started once', () => {
  expect(readable([parent, ...children], ['parent', 'left'], ['parent'])).toEqual(['right']);
});
