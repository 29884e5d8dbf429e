import { isDeepStrictEqual } from 'node:util';
import { CorruptPayloadError } from '../../../shared/entry/errors.ts';
import { decodeGeneration } from '../../../shared/entry/generation.ts';
import type { PrimaryKey } from '../../../shared/entry/item.ts';
import { decodePayload, encodePayload, type Payload, payloadToJson } from '../../../shared/entry/payload.ts';
import { entryKey } from '../../../shared/map/cache-key.ts';
import type { CacheMap } from '../../../shared/map/cache-map.ts';
import type { CollectionParams } from '../../../shared/map/collection.ts';
import type { TableReader } from '../../../shared/read/table.ts';
import { decoded, type KeyParts, keyParts } from '../labels.ts';
import type { TableSide } from '../protocol.ts';
import type { CacheBrowser, StoredBytes } from './browse.ts';
import type { Described } from './describe.ts';

/** What an entry is compared with. */
export interface Comparison {
  readonly cache: Pick<CacheBrowser, 'find'>;
  readonly map: CacheMap;
  readonly table: TableReader;
}

/**
 * Reads from the table what an entry or a page stands for, as the map projects it, and says whether the two agree. That
 * they differ for a moment is what eventual freshness means: the change is on its way through the stream.
 */
export async function compareWithTable(described: Described, { cache, map, table }: Comparison): Promise<TableSide> {
  const { line, payload } = described;
  const parts = keyParts(line.key);
  if (parts === undefined || line.kind === 'foreign') return notComparable('It is not an entry of this cache map.');
  if (line.kind === 'generation') {
    return notComparable('A generation stands for no item: pages that were stored under another one are not valid.');
  }
  const loaded =
    parts.kind === 'entry' ? await loadItem(parts, line.key, map, table) : await loadPage(parts, map, table);
  if (typeof loaded === 'string') return notComparable(loaded);
  const shown = loaded.payload && indented(loaded.payload);
  if (line.kind === 'tombstone' || !(await isValid(described, cache))) {
    return { kind: 'read', payload: shown, verdict: 'asks-the-table' };
  }
  return { kind: 'read', payload: shown, verdict: isSame(payload, loaded.payload) ? 'agrees' : 'differs' };
}

/** A payload as text for people; one that cannot be decoded as it is. */
export function indented(payload: Payload): string {
  try {
    const json = payloadToJson(payload);
    // Of a typed payload the text has digits that parsing would lose.
    return payload.format === 'json' ? JSON.stringify(JSON.parse(json), null, 2) : json;
  } catch {
    return Buffer.from(payload.body).toString();
  }
}

const notComparable = (why: string): TableSide => ({ kind: 'nothing-to-compare', why });

/** `undefined` where the table has no such item; a sentence where it cannot be said. */
type Loaded = { readonly payload: Payload | undefined } | string;

async function loadItem(
  { name, namespace, rest }: KeyParts,
  key: string,
  map: CacheMap,
  table: TableReader,
): Promise<Loaded> {
  const entity = map.entities.find((candidate) => candidate.name === name);
  if (entity === undefined) return `The cache map has no entity ${name}.`;
  const primaryKey: PrimaryKey = Object.fromEntries(
    entity.keyAttributes.map((attribute, i) => [attribute, decoded(rest[i] ?? '')]),
  );
  // Keys that are numbers or binaries are written in a form of their own, which is not read here.
  if (entryKey(namespace, entity, primaryKey) !== key) return 'Its key is not text, and cannot be read back from here.';
  const item = await table.get(primaryKey);
  return projected(() => (item === undefined ? undefined : encodePayload(entity.project(item))));
}

async function loadPage({ name, rest }: KeyParts, map: CacheMap, table: TableReader): Promise<Loaded> {
  const collection = map.collections.find((candidate) => candidate.name === name);
  if (collection === undefined) return `The cache map has no collection ${name}.`;
  const [, params = '', place = ''] = rest;
  const { limit, cursor } = Object.fromEntries(pairsIn(place));
  const { items } = await table.query(collection.query(paramsIn(params)), {
    ...(limit !== undefined && { limit: Number(limit) }),
    ...(cursor !== undefined && { cursor: decoded(cursor) }),
  });
  return projected(() => encodePayload(items.map((item) => collection.project(item))));
}

/** `project` is the user's code, and may throw. */
function projected(encode: () => Payload | undefined): Loaded {
  try {
    return { payload: encode() };
  } catch (error) {
    return `The map cannot project what the table has: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function isSame(stored: Payload | undefined, loaded: Payload | undefined): boolean {
  if (stored === undefined || loaded === undefined) return stored === loaded;
  try {
    return isDeepStrictEqual(decodePayload(stored), decodePayload(loaded));
  } catch (error) {
    if (error instanceof CorruptPayloadError) return false;
    throw error;
  }
}

/** Whether readers may be answered with it: of a page, whether its generation and epoch are the current ones. */
async function isValid({ line, page }: Described, cache: Comparison['cache']): Promise<boolean> {
  if (page === undefined) return true;
  const collection = line.key.slice(0, line.key.indexOf('}') + 1);
  const [, params = ''] = keyParts(line.key)?.rest ?? [];
  const [epoch, generation] = await Promise.all([
    cache.find(`${collection}:epoch`),
    cache.find(`${collection}:generation:${params}`),
  ]);
  return isOf(epoch, page.epoch) && isOf(generation, page.generation);
}

function isOf(stored: StoredBytes | undefined, nonce: string): boolean {
  const generation = stored && decodeGeneration(stored.bytes);
  return generation !== undefined && 'nonce' in generation && generation.nonce === nonce;
}

function paramsIn(text: string): CollectionParams {
  return Object.fromEntries(
    pairsIn(text).map(([name, value]) => [
      decoded(name),
      // The equals sign marks a number: in text it would be encoded.
      value.startsWith('n=') ? Number(decoded(value.slice(2))) : decoded(value),
    ]),
  );
}

/** Names and values of `a=1&b=2`, as they are encoded. */
function pairsIn(text: string): [string, string][] {
  return text.split('&').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=');
    return at === -1 ? [] : [[pair.slice(0, at), pair.slice(at + 1)]];
  });
}
