import pLimit from 'p-limit';
import type { PrimaryKey } from '../../shared/entry/item.ts';
import { timer } from '../../shared/scan/wait.ts';
import { StoreError } from '../../shared/store/errors.ts';
import { type Mutation, type Plan, plan } from '../../shared/sync/plan.ts';
import { readRecord } from '../../shared/sync/record.ts';
import type { Duration } from '../../shared/time.ts';
import type { Connection } from '../connection.ts';
import { type Expectation, expectation } from './expectation.ts';

/** What is seen of a change, in the order in which it is. */
export type Sighting =
  | {
      readonly kind: 'record';
      readonly event: string;
      readonly entity: string | undefined;
      readonly key: PrimaryKey | undefined;
      readonly decision: Expectation['decision'] | 'unchanged' | 'no-entity' | 'quarantined' | 'unknown';
      readonly reason: string;
      /** Generations that it makes outdated. */
      readonly renewed: number;
      /** From the change to when the entry was seen to reflect it; `undefined` while it does not. */
      readonly reflectedAfter: number | undefined;
    }
  | { readonly kind: 'reflected'; readonly entity: string; readonly key: PrimaryKey; readonly reflectedAfter: number }
  /** It was not seen in the time that there was for it. */
  | { readonly kind: 'unseen'; readonly entity: string; readonly key: PrimaryKey; readonly waited: Duration };

export interface FollowerOptions {
  readonly connection: Pick<Connection, 'map' | 'namespace' | 'store' | 'clock'>;
  /** How long an entry is watched for a change. */
  readonly patience: Duration;
  readonly signal: AbortSignal;
  readonly onSighting: (sighting: Sighting) => void;
}

/** Follows changes from the stream to their entries. Changes nothing. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #limit = pLimit(ENTRIES_AT_ONCE);

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Resolves when the entry of the record reflects it, or is watched no longer. */
  follow(record: unknown): Promise<void> {
    const { connection, onSighting } = this.#options;
    const planned = plan([record], connection.map, connection.namespace);
    const [mutation] = planned.mutations;
    if (mutation !== undefined && !mutation.distrust) return this.#limit(() => this.#watch(mutation, planned));
    const { key } = readRecord(record, 0);
    onSighting({ kind: 'record', key, ...factsOf(planned), ...fateOf(planned), reflectedAfter: undefined });
    return Promise.resolve();
  }

  async #watch(mutation: Mutation, planned: Plan): Promise<void> {
    const { connection, patience, signal, onSighting } = this.#options;
    const { clock } = connection;
    const { entity, primaryKey: key, changes } = mutation;
    const subject = { entity: entity.name, key };
    const changedAt = changes[0]?.createdAt ?? clock.now();
    const since = (): number => Math.max(0, clock.now() - changedAt);

    const first = await this.#look(mutation);
    const reflectedAfter = first.isReflected ? since() : undefined;
    const { decision, reason } = first;
    onSighting({ kind: 'record', key, ...factsOf(planned), decision, reason, reflectedAfter });
    if (first.isReflected) return;

    const begun = clock.monotonic();
    while (!signal.aborted) {
      await timer(LOOK_INTERVAL_MS, signal);
      if ((await this.#look(mutation)).isReflected) {
        return onSighting({ kind: 'reflected', ...subject, reflectedAfter: since() });
      }
      if (clock.monotonic() - begun > patience) return onSighting({ kind: 'unseen', ...subject, waited: patience });
    }
  }

  /** A cache that does not answer is one that does not reflect anything; the next look may tell. */
  async #look(mutation: Mutation): Promise<Omit<Expectation, 'decision'> & Pick<SightedRecord, 'decision'>> {
    const { store, clock } = this.#options.connection;
    try {
      const bytes = await store.get(mutation.key);
      return expectation(bytes, mutation, clock.now());
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return { isReflected: false, decision: 'unknown', reason: error.message };
    }
  }
}

type SightedRecord = Extract<Sighting, { kind: 'record' }>;

function factsOf({ records: [record], renewals }: Plan): Pick<SightedRecord, 'event' | 'entity' | 'renewed'> {
  return { event: record?.type ?? 'malformed', entity: record?.entity?.name, renewed: renewals.length };
}

/** Of a record that changes no entry, or of which cannot be told what it does. */
function fateOf({ records: [record], quarantined: [quarantined] }: Plan): Pick<SightedRecord, 'decision' | 'reason'> {
  if (quarantined !== undefined) return { decision: 'quarantined', reason: quarantined.reason };
  if (record?.fate === 'unchanged') return { decision: 'unchanged', reason: 'it leaves the projection as it was' };
  return { decision: 'no-entity', reason: 'no entity of the map has such a key' };
}

/** Entries that are watched at once: the others are looked at late, and the cache is not asked more for it. */
const ENTRIES_AT_ONCE = 32;
const LOOK_INTERVAL_MS = 100;
