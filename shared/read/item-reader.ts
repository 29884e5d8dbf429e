import { limitFor } from '../concurrency.ts';
import { decodeEntry, type Entry, type Foreign } from '../entry/entry.ts';
import type { PrimaryKey } from '../entry/item.ts';
import { entryKey } from '../map/cache-key.ts';
import type { AnyEntity, Entity } from '../map/entity.ts';
import type { KeyParams } from '../map/key-scheme.ts';
import type { CallOptions, EntryKey } from '../store/port.ts';
import { stopwatch } from '../time.ts';
import { type Answer, isIntact } from './answer.ts';
import { type Found, fill, type Loaded, project } from './filler.ts';
import { SingleFlight } from './flight.ts';
import type { ReadDependencies } from './settings.ts';

/** In the place of what is stored: the cache did not answer. */
const CACHE_FAILED: unique symbol = Symbol('the cache did not answer');

/** Reads items: cache, then table, then fill. Within a process, one read of a key at a time. */
export class ItemReader {
  readonly #deps: ReadDependencies;
  readonly #flights = new SingleFlight<EntryKey, Answer>();
  /** The cache is asked once: when it does not answer in time, whatever the reason, the table will. */
  readonly #once: CallOptions;

  constructor(dependencies: ReadDependencies) {
    this.#deps = dependencies;
    this.#once = { timeout: dependencies.settings.cacheTimeout, attempts: 1 };
  }

  /**
   * Reads one item, or joins a read of it that is under way.
   *
   * @throws {InvalidKeyError} at once, not through the promise: a promise less for every hit
   */
  read<Params extends KeyParams, Value>(entity: Entity<Params, Value>, params: Params): Promise<Answer> {
    const primaryKey = entity.key(params);
    const key = entryKey(this.#deps.namespace, entity, primaryKey);
    return this.#flights.join(key, () => this.#readOne(entity, primaryKey, key, false));
  }

  /** Reads one item, treating an entry whose payload cannot be decoded as a miss. */
  async readChecked<Params extends KeyParams, Value>(entity: Entity<Params, Value>, params: Params): Promise<Answer> {
    const primaryKey = entity.key(params);
    return this.#readOne(entity, primaryKey, entryKey(this.#deps.namespace, entity, primaryKey), true);
  }

  /** Reads many items, in order. Those that are being read already are waited for; the others are read together. */
  async readMany<Params extends KeyParams, Value>(
    entity: Entity<Params, Value>,
    paramsList: readonly Params[],
  ): Promise<{ readonly params: Params; readonly answer: Answer }[]> {
    const asks = paramsList.map((params) => {
      const primaryKey = entity.key(params);
      return { params, primaryKey, key: entryKey(this.#deps.namespace, entity, primaryKey) };
    });
    const toRead = new Map<EntryKey, PrimaryKey>();
    for (const { key, primaryKey } of asks) if (!this.#flights.has(key)) toRead.set(key, primaryKey);
    const together = this.#readTogether(entity, [...toRead.keys()], [...toRead.values()]);

    return Promise.all(
      asks.map(async ({ key, primaryKey, params }) => {
        const answer = await this.#flights.join(key, async () => {
          const settled = (await together).get(key);
          if (settled === undefined) return this.#readOne(entity, primaryKey, key, false);
          if (settled.status === 'rejected') throw settled.reason;
          return settled.value;
        });
        return { params, answer };
      }),
    );
  }

  async #readOne(entity: AnyEntity, primaryKey: PrimaryKey, key: EntryKey, checked: boolean): Promise<Answer> {
    const { store, clock, table } = this.#deps;
    const elapsed = stopwatch(clock);
    let bytes: Uint8Array | undefined | typeof CACHE_FAILED;
    try {
      bytes = await store.get(key, this.#once);
    } catch {
      bytes = CACHE_FAILED;
    }
    const cacheMs = elapsed();
    const found = this.#examine(entity, key, bytes, elapsed, checked);
    const cached = answerFrom(found?.entry);
    if (cached !== undefined) return this.#answered(entity, cached, cacheMs, undefined);

    const from = clock.now();
    const item = await table.get(primaryKey);
    const loaded = { item, from, until: clock.now() };
    return this.#answerFromTable(entity, found, loaded, cacheMs);
  }

  /** One result for each key: an item that `project` throws for fails those who asked for it, and nobody else. */
  async #readTogether(
    entity: AnyEntity,
    keys: readonly EntryKey[],
    primaryKeys: readonly PrimaryKey[],
  ): Promise<Map<EntryKey, PromiseSettledResult<Answer>>> {
    const { store, clock, table, settings } = this.#deps;
    const answers = new Map<EntryKey, PromiseSettledResult<Answer>>();
    if (keys.length === 0) return answers;
    const elapsed = stopwatch(clock);
    let stored: (Uint8Array | undefined)[] | typeof CACHE_FAILED;
    try {
      stored = await store.getMany(keys, this.#once);
    } catch {
      stored = CACHE_FAILED;
    }
    const cacheMs = elapsed();

    const misses: { key: EntryKey; primaryKey: PrimaryKey; found: Found | undefined }[] = [];
    primaryKeys.forEach((primaryKey, i) => {
      const key = keys[i];
      if (key === undefined) return;
      const found = this.#examine(entity, key, stored === CACHE_FAILED ? stored : stored[i], elapsed, false);
      const cached = answerFrom(found?.entry);
      if (cached === undefined) misses.push({ key, primaryKey, found });
      else answers.set(key, { status: 'fulfilled', value: this.#answered(entity, cached, cacheMs, undefined) });
    });
    if (misses.length === 0) return answers;

    const from = clock.now();
    const items = await table.getMany(misses.map(({ primaryKey }) => primaryKey));
    const until = clock.now();
    const limit = limitFor(misses.length, settings.fillConcurrency);
    const results = await Promise.allSettled(
      misses.map(({ found }, i) =>
        limit(() => this.#answerFromTable(entity, found, { item: items[i], from, until }, cacheMs)),
      ),
    );
    misses.forEach(({ key }, i) => {
      const result = results[i];
      if (result !== undefined) answers.set(key, result);
    });
    return answers;
  }

  /** `undefined` when the cache did not answer: then nobody knows what a fill would overwrite. */
  #examine(
    entity: AnyEntity,
    key: EntryKey,
    bytes: Uint8Array | undefined | typeof CACHE_FAILED,
    elapsed: () => number,
    checked: boolean,
  ): Found | undefined {
    if (bytes === CACHE_FAILED) return undefined;
    let entry: Entry | Foreign | undefined = bytes === undefined ? undefined : decodeEntry(bytes);
    if (checked && entry?.kind === 'value' && !isIntact(entry.payload)) {
      entry = { kind: 'foreign', reason: 'its payload cannot be decoded' };
    }
    if (entry?.kind === 'foreign') this.#deps.observer.foreign?.({ name: entity.name, reason: entry.reason });
    return { key, bytes, entry, elapsed };
  }

  async #answerFromTable(
    entity: AnyEntity,
    found: Found | undefined,
    loaded: Loaded,
    cacheMs: number,
  ): Promise<Answer> {
    const projected = project(entity, loaded.item);
    if (found !== undefined) {
      const refusal = await fill(entity, found, loaded, projected, this.#deps);
      if (refusal !== undefined) this.#deps.observer.fillRefused?.({ name: entity.name, reason: refusal });
    }
    const answer: Answer = { outcome: found === undefined ? 'bypass' : 'miss', ...projected };
    return this.#answered(entity, answer, cacheMs, loaded.until - loaded.from);
  }

  #answered(entity: AnyEntity, answer: Answer, cacheMs: number, tableMs: number | undefined): Answer {
    this.#deps.observer.read?.({ name: entity.name, outcome: answer.outcome, cacheMs, tableMs });
    return answer;
  }
}

function answerFrom(entry: Entry | Foreign | undefined): Answer | undefined {
  if (entry?.kind === 'value') return { outcome: 'hit', payload: entry.payload };
  if (entry?.kind === 'absent') return { outcome: 'absent', payload: undefined };
  return undefined;
}
