import { type Foreign, newNonce } from '../entry/entry.ts';
import {
  decodeGeneration,
  decodePage,
  encodeGeneration,
  encodePage,
  type Generation,
  type Page,
} from '../entry/generation.ts';
import { encodePayload } from '../entry/payload.ts';
import { epochKey, generationKey, pageKey } from '../map/cache-key.ts';
import type { AnyCollection, Collection, CollectionParams } from '../map/collection.ts';
import { GENERATION_DEADLINE, generationTtl, settlingTime, WRITE_DEADLINE } from '../protocol.ts';
import { refusesEntry } from '../store/errors.ts';
import type { PlainKey } from '../store/port.ts';
import { milliseconds, stopwatch } from '../time.ts';
import { type Answer, isIntact } from './answer.ts';
import { jittered } from './filler.ts';
import { SingleFlight } from './flight.ts';
import type { FillRefusal } from './outcome.ts';
import type { ReadDependencies } from './settings.ts';
import type { TablePage } from './table.ts';

/** Which page of a collection. */
export interface PageRequest {
  /** Items to evaluate at most; default: the collection's `pageSize`, or as many as a query returns (1 MB). */
  readonly limit?: number;
  /** Where an earlier page ended. */
  readonly cursor?: string;
}

/** One page of a collection, before it is shaped for its caller. */
export interface PageAnswer extends Answer {
  readonly cursor: string | undefined;
}

/**
 * Reads pages of collections. A page is valid only while the two generations it was stored under are the current ones:
 * that of its parameter set, and that of the whole collection (the epoch, replaced when a change cannot say which
 * parameter sets it affects). All three come back in one cache read.
 */
export class CollectionReader {
  readonly #deps: ReadDependencies;
  readonly #flights = new SingleFlight<PlainKey, PageAnswer>();

  constructor(dependencies: ReadDependencies) {
    this.#deps = dependencies;
  }

  /** Reads one page, or joins a read of it that is under way. */
  async read<Params extends CollectionParams, Value>(
    collection: Collection<Params, Value>,
    params: Params,
    page: PageRequest,
  ): Promise<PageAnswer> {
    const ask = this.#ask(collection, params, page);
    return this.#flights.join(ask.keys.page, () => this.#read(ask, false));
  }

  /** Reads one page, treating one whose payload cannot be decoded as a miss. */
  async readChecked<Params extends CollectionParams, Value>(
    collection: Collection<Params, Value>,
    params: Params,
    page: PageRequest,
  ): Promise<PageAnswer> {
    return this.#read(this.#ask(collection, params, page), true);
  }

  /**
   * Loads the first page and stores it. Asks for the generations alone: what is stored of the page is outdated, and
   * would travel for nothing.
   */
  async reload(collection: AnyCollection, params: CollectionParams): Promise<void> {
    const ask = this.#ask(collection, params, {});
    const elapsed = stopwatch(this.#deps.clock);
    const found = await this.#find(collection, [ask.keys.epoch, ask.keys.generation], false);
    // Without the cache there is nowhere to store it.
    if (found !== undefined) await this.#load(ask, found, elapsed, elapsed());
  }

  #ask<Params extends CollectionParams, Value>(
    collection: Collection<Params, Value>,
    params: Params,
    page: PageRequest,
  ): Ask {
    const { namespace } = this.#deps;
    const limit = page.limit ?? collection.pageSize;
    const request = {
      ...(limit !== undefined && { limit }),
      ...(page.cursor !== undefined && { cursor: page.cursor }),
    };
    return {
      collection,
      request,
      query: () => collection.query(params),
      keys: {
        epoch: epochKey(namespace, collection),
        generation: generationKey(namespace, collection, params),
        page: pageKey(namespace, collection, params, request),
      },
    };
  }

  async #read(ask: Ask, checked: boolean): Promise<PageAnswer> {
    const { clock, observer } = this.#deps;
    const { collection, keys } = ask;
    const elapsed = stopwatch(clock);
    const found = await this.#find(collection, [keys.epoch, keys.generation, keys.page], checked);
    const cacheMs = elapsed();
    if (found?.page !== undefined) {
      observer.read?.({ name: collection.name, outcome: 'hit', cacheMs, tableMs: undefined });
      return { outcome: 'hit', payload: found.page.payload, cursor: found.page.cursor };
    }
    return this.#load(ask, found, elapsed, cacheMs);
  }

  async #load(ask: Ask, found: FoundPage | undefined, elapsed: () => number, cacheMs: number): Promise<PageAnswer> {
    const { clock, table, observer } = this.#deps;
    const { collection, request } = ask;
    const generations = found === undefined ? undefined : await this.#current(ask, found);

    const from = clock.now();
    const loaded = await table.query(ask.query(), request);
    const outcome = found === undefined ? 'bypass' : 'miss';
    observer.read?.({ name: collection.name, outcome, cacheMs, tableMs: clock.now() - from });
    return { outcome, ...(await this.#answer(ask, loaded, { generations, from, elapsed })), cursor: loaded.cursor };
  }

  /** @param keys of the epoch, of the generation, and of the page where it is wanted */
  async #find(collection: AnyCollection, keys: readonly PlainKey[], checked: boolean): Promise<FoundPage | undefined> {
    const { store, settings, observer } = this.#deps;
    let stored: (Uint8Array | undefined)[];
    try {
      stored = await store.getMany(keys, {
        timeout: settings.cacheTimeout,
        attempts: 1,
      });
    } catch {
      return undefined;
    }
    const ours = <Kind extends object>(
      bytes: Uint8Array | undefined,
      decoder: (bytes: Uint8Array) => Kind | Foreign,
    ) => {
      const decoded = bytes === undefined ? undefined : decoder(bytes);
      if (decoded === undefined || !('reason' in decoded)) return decoded;
      observer.foreign?.({ name: collection.name, reason: decoded.reason });
      return undefined;
    };
    const epoch = ours(stored[0], decodeGeneration);
    const generation = ours(stored[1], decodeGeneration);
    const page = ours(stored[2], decodePage);
    const valid =
      page !== undefined &&
      page.epoch === epoch?.nonce &&
      page.generation === generation?.nonce &&
      (!checked || isIntact(page.payload));
    return { epoch, generation, page: valid ? page : undefined };
  }

  /**
   * The generations to store a page under, made where there are none. They must be in the cache before the query runs:
   * then a change that the query does not see replaces them after, never before. `undefined` when that failed.
   */
  async #current({ collection, keys }: Ask, found: FoundPage): Promise<Generations | undefined> {
    const { store, clock, settings } = this.#deps;
    const fresh = (): Generation => ({ nonce: newNonce(), at: clock.now() });
    const epoch = found.epoch ?? fresh();
    const generation = found.generation ?? fresh();
    const ttl = generationTtl(collection.ttl);
    const writes = [
      ...(found.epoch === undefined ? [{ key: keys.epoch, value: encodeGeneration(epoch), ttl }] : []),
      ...(found.generation === undefined ? [{ key: keys.generation, value: encodeGeneration(generation), ttl }] : []),
    ];
    if (writes.length === 0) return { epoch, generation };
    try {
      const timeout = milliseconds(Math.min(settings.fillTimeout, GENERATION_DEADLINE));
      await store.setMany(writes, { timeout, attempts: 1 });
      return { epoch, generation };
    } catch {
      return undefined;
    }
  }

  async #answer(
    { collection, keys }: Ask,
    loaded: TablePage,
    basis: Basis,
  ): Promise<Pick<Answer, 'payload' | 'unstorable'>> {
    const values = loaded.items.map((item) => collection.project(item));
    const refuse = (reason: FillRefusal): void => {
      this.#deps.observer.fillRefused?.({ name: collection.name, reason });
    };
    let payload: Page['payload'];
    try {
      payload = encodePayload(values);
    } catch {
      refuse('unsupported-value');
      return { payload: undefined, unstorable: values };
    }
    const refusal = await this.#store(collection, keys.page, { payload, cursor: loaded.cursor }, basis);
    if (refusal !== undefined) refuse(refusal);
    return { payload };
  }

  async #store(
    collection: AnyCollection,
    key: PlainKey,
    { payload, cursor }: Pick<PageAnswer, 'cursor'> & Pick<Page, 'payload'>,
    { generations, from, elapsed }: Basis,
  ): Promise<FillRefusal | undefined> {
    if (generations === undefined) return 'store';
    const { store, random, settings } = this.#deps;
    const { epoch, generation } = generations;
    // A lagging index may still show what was there before the change that made this generation.
    const age = from - Math.max(epoch.at, generation.at);
    if (age < settlingTime(collection.settle)) return 'settling';
    const left = WRITE_DEADLINE - elapsed();
    if (left <= 0) return 'too-late';
    const page: Page = {
      generation: generation.nonce,
      epoch: epoch.nonce,
      at: from,
      payload,
      ...(cursor !== undefined && { cursor }),
    };
    try {
      const ttl = jittered(collection.ttl, settings.ttlJitter, random);
      await store.set(key, encodePage(page), ttl, { timeout: milliseconds(Math.min(settings.fillTimeout, left)) });
      return undefined;
    } catch (error) {
      return refusesEntry(error) ? 'rejected' : 'store';
    }
  }
}

interface Ask {
  readonly collection: AnyCollection;
  readonly request: PageRequest;
  readonly query: () => ReturnType<AnyCollection['query']>;
  readonly keys: { readonly epoch: PlainKey; readonly generation: PlainKey; readonly page: PlainKey };
}

interface FoundPage {
  readonly epoch: Generation | undefined;
  readonly generation: Generation | undefined;
  /** Only when it is valid. */
  readonly page: Page | undefined;
}

interface Generations {
  readonly epoch: Generation;
  readonly generation: Generation;
}

/** On what a page may be stored. */
interface Basis {
  readonly generations: Generations | undefined;
  readonly from: number;
  readonly elapsed: () => number;
}
