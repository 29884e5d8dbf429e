import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { decodeEntry, type Entry } from '../entry/entry.ts';
import { decodePayload, encodePayload } from '../entry/payload.ts';
import { entryKey } from '../map/cache-key.ts';
import type { CacheMap } from '../map/cache-map.ts';
import type { AnyEntity } from '../map/entity.ts';
import type { TableReader } from '../read/table.ts';
import type { CacheStore } from '../store/port.ts';
import { tombstoneAlways } from '../sync/decide.ts';
import { type Clock, type Duration, seconds } from '../time.ts';
import type { AuditSample } from './audit-sample.ts';

/** What one look at an entry came to. */
export type AuditFinding =
  /** The entry agrees with the table, or leaves the answer to it. */
  | { readonly kind: 'right' }
  /** They disagree; a change whose event is still on its way would look the same. Look again later. */
  | { readonly kind: 'suspect'; readonly again: AuditSample }
  /** They disagreed a look ago in the very same way: no event is going to correct this. It was tombstoned. */
  | { readonly kind: 'stale'; readonly age: Duration | undefined }
  /** Nothing can be said: the entity is no longer in the map, or its `project` throws for this item. */
  | { readonly kind: 'undecided'; readonly reason: string };

export interface AuditDependencies {
  readonly map: CacheMap;
  readonly namespace: string;
  readonly store: CacheStore;
  readonly table: TableReader;
  readonly clock: Clock;
}

/**
 * Compares one entry with a consistent read of the table, and mends it if it is stale.
 *
 * One disagreement proves nothing: the table may have changed a moment ago, and its event be on its way. So an entry
 * counts as stale only when, a look later, neither it (by its nonce) nor the table has moved. The time between the
 * looks is the caller's, and has to be longer than the stream usually lags. Should it ever be too short, an entry is
 * tombstoned that an event was about to correct, which is harmless.
 *
 * @throws {StoreError} and the table's errors: the look has to be repeated
 */
export async function audit(sample: AuditSample, dependencies: AuditDependencies): Promise<AuditFinding> {
  const { map, namespace, store, table, clock } = dependencies;
  const entity = map.entities.find(({ name }) => name === sample.entity);
  if (entity === undefined) return { kind: 'undecided', reason: 'no entity of the map has this name' };

  const key = entryKey(namespace, entity, sample.primaryKey);
  const bytes = await store.get(key, CALL);
  if (bytes === undefined) return { kind: 'right' };
  const entry = decodeEntry(bytes);
  if (entry.kind === 'tombstone') return { kind: 'right' };

  const expected = expectedValue(entity, await table.get(sample.primaryKey));
  if (expected.kind === 'unknown') return { kind: 'undecided', reason: 'what the table holds cannot be projected' };
  if (entry.kind !== 'foreign' && agrees(entry, expected)) return { kind: 'right' };

  const now = clock.now();
  const age = entry.kind === 'foreign' ? undefined : seconds(Math.max(0, now - entry.at) / 1_000);
  const nonce = entry.kind === 'foreign' ? digestOf(bytes) : entry.nonce;
  const suspicion = { nonce, table: expected.digest };
  if (!isDeepStrictEqual(suspicion, sample.suspicion)) {
    return { kind: 'suspect', again: { entity: sample.entity, primaryKey: sample.primaryKey, suspicion } };
  }
  const { bytes: tombstone, ttl } = tombstoneAlways('audit found it stale', now);
  await store.setAlways(key, tombstone, ttl, CALL);
  return { kind: 'stale', age };
}

const CALL = { timeout: seconds(5), attempts: 4 };

type Expected = { readonly kind: 'value' | 'absent'; readonly value: unknown; readonly digest: string };

function expectedValue(
  entity: AnyEntity,
  item: Awaited<ReturnType<TableReader['get']>>,
): Expected | { readonly kind: 'unknown' } {
  if (item === undefined) return { kind: 'absent', value: undefined, digest: 'absent' };
  try {
    const payload = encodePayload(entity.project(item));
    const value = decodePayload(payload);
    return { kind: 'value', value, digest: digestOf(canonicalText(payload.body)) };
  } catch {
    return { kind: 'unknown' };
  }
}

function agrees(entry: Exclude<Entry, { kind: 'tombstone' }>, expected: Expected): boolean {
  if (entry.kind === 'absent' || expected.kind === 'absent') return entry.kind === expected.kind;
  try {
    return isDeepStrictEqual(decodePayload(entry.payload), expected.value);
  } catch {
    return false;
  }
}

/** Attributes come in any order from one read to the next. */
function canonicalText(body: Uint8Array): string {
  return JSON.stringify(JSON.parse(Buffer.from(body).toString()), (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Names a state without holding any of its data. */
function digestOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
