import type { Item } from '../../../shared/entry/item.ts';
import { readRecord } from '../../../shared/sync/record.ts';
import type { Design, ProcessParts } from './design.ts';
import { itemKey, listKey, plainReadAside } from './read-aside.ts';

/**
 * What the tutorials ship: the stream function sets what was written and deletes what was removed, whatever is there,
 * the records of a batch side by side.
 */
export const BLIND_STREAM: Design = {
  id: 'blind-stream',
  name: 'stream, blind',
  description: 'Plain read-aside; the stream function sets or deletes the item and deletes its list, for each record.',
  isOurs: false,
  readPath: (parts) => plainReadAside(parts, parts.scenario.ttl),
  consumer: (parts) => async (event) => {
    await Promise.all(recordsOf(event).map((record, index) => handle(record, index, parts)));
    return { response: { batchItemFailures: [] } };
  },
};

async function handle(record: unknown, index: number, { texts, scenario }: ProcessParts): Promise<void> {
  const change = readRecord(record, index);
  if ('malformed' in change) throw new Error(change.malformed);
  const after = change.newImage?.();
  const image = after ?? change.oldImage?.();
  if (image === undefined) throw new Error('the stream of the workload has both images');
  const { id, list, value } = viewed(image);
  await Promise.all([
    after === undefined ? texts.delete(itemKey(id)) : texts.set(itemKey(id), value, scenario.ttl),
    texts.delete(listKey(list)),
  ]);
}

function viewed({ id, list, write, body }: Item): {
  readonly id: string;
  readonly list: string;
  readonly value: string;
} {
  return { id: String(id), list: String(list), value: JSON.stringify({ id, write, body }) };
}

function recordsOf(event: unknown): readonly unknown[] {
  if (typeof event !== 'object' || event === null || !('Records' in event)) return [];
  return Array.isArray(event.Records) ? event.Records : [];
}
