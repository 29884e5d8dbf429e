import type { PrimaryKey } from '../entry/item.ts';
import { entryKey, epochKey, generationKey } from '../map/cache-key.ts';
import type { AnyCollection, CollectionParams } from '../map/collection.ts';
import type { AnyEntity } from '../map/entity.ts';
import { type ApplyDependencies, apply } from '../sync/apply.ts';
import type { Plan } from '../sync/plan.ts';

/**
 * Makes readers ask the table for an item again, by a tombstone in the place of its entry. Never by deleting it: then
 * nothing would stop a fill that is on its way with what was read before.
 *
 * @throws {InvalidKeyError} for a key that is not one of the entity
 * @throws {StoreError} when the cache failed
 */
export async function purgeEntry(
  entity: AnyEntity,
  primaryKey: PrimaryKey,
  namespace: string,
  dependencies: Pick<ApplyDependencies, 'store' | 'clock'>,
): Promise<void> {
  const key = entryKey(namespace, entity, primaryKey);
  const mutation = { key, entity, primaryKey, changes: [], distrust: true, records: [] };
  await carryOut({ mutations: [mutation], renewals: [] }, dependencies);
}

/**
 * Makes readers query the pages of a collection again, by a new generation.
 *
 * @param params `undefined` for all parameter sets of the collection
 * @throws {InvalidKeyError} for a parameter that is neither text nor a number
 * @throws {StoreError} when the cache failed
 */
export async function purgeCollection(
  collection: AnyCollection,
  params: CollectionParams | undefined,
  namespace: string,
  dependencies: Pick<ApplyDependencies, 'store' | 'clock'>,
): Promise<void> {
  const key = params === undefined ? epochKey(namespace, collection) : generationKey(namespace, collection, params);
  await carryOut({ mutations: [], renewals: [{ key, collection, params, records: [] }] }, dependencies);
}

async function carryOut(
  { mutations, renewals }: Pick<Plan, 'mutations' | 'renewals'>,
  { store, clock }: Pick<ApplyDependencies, 'store' | 'clock'>,
): Promise<void> {
  // Whoever asked waits for it: each call has its own bound, the whole needs none.
  const remaining = () => Number.POSITIVE_INFINITY;
  const plan = { mutations, renewals, quarantined: [], records: [] };
  const result = await apply(plan, { store, clock, remaining });
  for (const done of [...result.mutations, ...result.renewals]) {
    if (done.kind === 'failed' || done.kind === 'impossible') throw done.error;
  }
}
