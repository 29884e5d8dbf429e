import { decodeGeneration, decodePage, type Generation, type Page } from '../../shared/entry/generation.ts';
import { decodePayload, encodePayload } from '../../shared/entry/payload.ts';
import { epochKey, generationKey, pageKey } from '../../shared/map/cache-key.ts';
import type { AnyCollection, CollectionParams } from '../../shared/map/collection.ts';
import { digestOf } from '../../shared/repair/digest.ts';
import type { PlainKey } from '../../shared/store/port.ts';
import type { Duration } from '../../shared/time.ts';
import type { Connection } from '../connection.ts';
import { timeLeft } from './time-left.ts';

/** What is cached of one parameter set of a collection, beside the table. */
export interface CollectionView {
  readonly keys: { readonly epoch: PlainKey; readonly generation: PlainKey; readonly page: PlainKey };
  readonly epoch: Generation | undefined;
  readonly generation: Generation | undefined;
  readonly page: PageView | undefined;
  /** Items of the first page as the table has it. */
  readonly itemsInTable: number;
  /** `silent`: there is no page, or one of another generation, and readers query the table. */
  readonly agreement: 'agrees' | 'silent' | 'differs';
  /** When it was read, epoch milliseconds. */
  readonly at: number;
}

/** The first page, as readers ask for it who ask for no number of items. */
export interface PageView {
  readonly at: number;
  /** Stored under the current epoch and generation. */
  readonly isValid: boolean;
  readonly items: number;
  readonly hasNext: boolean;
  /** In bytes. */
  readonly size: number;
  readonly ttlLeft: Duration | undefined;
}

/**
 * Reads the generations and the first page of a parameter set, and the same page of the table.
 *
 * @throws {InvalidKeyError} for a parameter that is neither text nor a number
 * @throws {StoreError} and the table's errors
 */
export async function viewCollection(
  collection: AnyCollection,
  params: CollectionParams,
  { namespace, store, table, clock }: Connection,
): Promise<CollectionView> {
  const request = { ...(collection.pageSize !== undefined && { limit: collection.pageSize }) };
  const keys = {
    epoch: epochKey(namespace, collection),
    generation: generationKey(namespace, collection, params),
    page: pageKey(namespace, collection, params, request),
  };
  const [found, ttlLeft] = await Promise.all([
    store.getMany([keys.epoch, keys.generation, keys.page]),
    timeLeft(store, keys.page),
  ]);
  const at = clock.now();
  const epoch = decoded(found[0], decodeGeneration);
  const generation = decoded(found[1], decodeGeneration);
  const page = decoded(found[2], decodePage);

  const { items } = await table.query(collection.query(params), request);
  const inTable = items.map((item) => collection.project(item));
  const isValid = page !== undefined && page.epoch === epoch?.nonce && page.generation === generation?.nonce;
  return {
    ...{ keys, epoch, generation, at },
    page: page && { ...pageFacts(page), isValid, size: found[2]?.length ?? 0, ttlLeft },
    itemsInTable: items.length,
    agreement: isValid ? agreementOf(page, inTable) : 'silent',
  };
}

/** What is not ours is nothing to a reader. */
function decoded<Kind extends object>(
  bytes: Uint8Array | undefined,
  decode: (bytes: Uint8Array) => Kind | { readonly kind: 'foreign'; readonly reason: string },
): Kind | undefined {
  const found = bytes === undefined ? undefined : decode(bytes);
  return found === undefined || 'reason' in found ? undefined : found;
}

function pageFacts({ at, cursor, payload }: Page): Pick<PageView, 'at' | 'items' | 'hasNext'> {
  const value = decodePayload(payload);
  return { at, items: Array.isArray(value) ? value.length : 0, hasNext: cursor !== undefined };
}

/** Both sides go through the codec, so that what it leaves out is no difference. */
function agreementOf({ payload }: Page, inTable: readonly unknown[]): 'agrees' | 'differs' {
  const stored = digestOf(decodePayload(payload));
  return stored === digestOf(decodePayload(encodePayload(inTable))) ? 'agrees' : 'differs';
}
