import type { PrimaryKey } from '../entry/item.ts';
import { decodeSample, encodeSample } from '../repair/audit-sample.ts';
import { answerOf, compareWithTable } from '../repair/comparison.ts';
import { look, mend, suspect } from '../repair/look.ts';
import { type LoadedPage, type SegmentPosition, scanSegments } from '../scan/segments.ts';
import { timer } from '../scan/wait.ts';
import { refusesEntry } from '../store/errors.ts';
import type { EntryKey } from '../store/port.ts';
import { type Duration, seconds } from '../time.ts';
import { type Target, targetOf } from '../warm/target.ts';
import type { VerifyCheckpoint } from './checkpoint.ts';
import { SecondLooks } from './second-looks.ts';
import { counted, total, type VerifyTally } from './tally.ts';
import type { VerifyOptions, VerifyResult } from './verify.ts';

/** One run of {@link verify}: a scan that looks at each item, and beside it the second looks. */
export class Verification {
  readonly #options: VerifyOptions;
  readonly #looks: SecondLooks;
  /** Ends the scan: enough items were looked at, or the looks failed. */
  readonly #ending = new AbortController();
  readonly #scanSignal: AbortSignal;
  readonly #of: string;
  #segments: readonly SegmentPosition[];
  #tally: VerifyTally;
  #unmapped: number;
  /** Items that may still be looked at. */
  #left: number;

  constructor(options: VerifyOptions, checkpoint: VerifyCheckpoint) {
    this.#options = options;
    this.#of = checkpoint.of;
    this.#segments = checkpoint.segments;
    this.#tally = checkpoint.tally;
    this.#unmapped = checkpoint.unmapped;
    this.#left = (options.limit ?? Number.POSITIVE_INFINITY) - settledIn(checkpoint.tally) - checkpoint.waiting.length;
    this.#scanSignal = AbortSignal.any([options.signal, this.#ending.signal]);
    this.#looks = new SecondLooks({
      patience: options.patience,
      clock: options.clock,
      wait: options.wait ?? timer,
      look: async (sample) => {
        await options.budget.ready(options.signal);
        // A consistent read of up to 4 KB; a larger item is a little over the budget.
        options.budget.spend(1);
        return look(sample, options);
      },
      onLook: async ({ entity, primaryKey }, found) => {
        if (found.kind === 'stale') await this.#stale(entity, primaryKey, found);
        else this.#count(entity, found.kind === 'right' ? 'settled' : 'unknown');
        this.#tell();
      },
    });
    for (const sample of checkpoint.waiting) this.#looks.add(decodeSample(sample));
  }

  async run(): Promise<VerifyResult> {
    const { signal } = this.#options;
    const scan = this.#scan().finally(() => this.#looks.complete());
    const looks = this.#looks.run(signal).catch((error: unknown) => {
      this.#ending.abort();
      throw error;
    });
    const outcomes = await Promise.allSettled([scan, looks]);
    const failure = outcomes.find(({ status }) => status === 'rejected');
    return { end: this.#end(failure), checkpoint: this.#checkpoint() };
  }

  #end(failure: PromiseSettledResult<void> | undefined): VerifyResult['end'] {
    if (failure?.status === 'rejected') return { kind: 'failed', error: failure.reason };
    const isScanned = this.#left <= 0 || this.#segments.every((segment) => segment === 'read');
    return { kind: isScanned && this.#looks.waiting.length === 0 ? 'finished' : 'interrupted' };
  }

  async #scan(): Promise<void> {
    const { scanner, budget, clock } = this.#options;
    if (this.#left <= 0) return;
    await scanSegments({
      table: scanner,
      ...{ budget, clock },
      positions: this.#segments,
      signal: this.#scanSignal,
      visit: (page) => this.#visit(page),
      onPage: (unmapped, segments) => {
        this.#unmapped += unmapped;
        this.#segments = segments;
        this.#tell();
      },
    });
  }

  /** Looks at a page's items. Answers how many of them are none of the map's. */
  async #visit({ items }: LoadedPage): Promise<number> {
    const { map, namespace } = this.#options;
    await this.#looks.room(this.#scanSignal);
    const mapped = items.flatMap((item) => {
      const target = targetOf(map, namespace, item);
      return target === undefined ? [] : [{ ...target, item }];
    });
    const targets = mapped.slice(0, Math.max(0, this.#left));
    this.#left -= targets.length;
    const found = await this.#read(targets);
    targets.forEach(({ entity, primaryKey, item }, i) => {
      const comparison = compareWithTable(entity, answerOf(found[i]), item);
      if (comparison.kind === 'differs') this.#looks.add(suspect(entity, primaryKey, comparison));
      else if (comparison.kind === 'agrees') this.#count(entity.name, 'agree');
      else this.#count(entity.name, comparison.because === 'foreign' ? 'unknown' : 'missing');
    });
    if (this.#left <= 0) this.#ending.abort();
    return items.length - mapped.length;
  }

  /** Together; one by one where the store refuses a key, under which nothing can be stored. */
  async #read(targets: readonly Target[]): Promise<(Uint8Array | undefined)[]> {
    const { store } = this.#options;
    const get = (key: EntryKey): Promise<Uint8Array | undefined> =>
      store.get(key, CALL).catch((error: unknown) => {
        if (refusesEntry(error)) return undefined;
        throw error;
      });
    const keys = targets.map(({ key }) => key);
    try {
      return await store.getMany(keys, CALL);
    } catch (error) {
      if (refusesEntry(error)) return Promise.all(keys.map(get));
      throw error;
    }
  }

  async #stale(
    entity: string,
    primaryKey: PrimaryKey,
    { key, age }: { readonly key: EntryKey; readonly age: Duration },
  ): Promise<void> {
    if (this.#options.repair) await mend(key, this.#options);
    this.#count(entity, 'stale');
    if (this.#options.repair) this.#count(entity, 'repaired');
    this.#options.onStale?.({ entity, primaryKey, age });
  }

  #count(entity: string, what: Parameters<typeof counted>[2]): void {
    this.#tally = counted(this.#tally, entity, what);
  }

  #tell(): void {
    const tally = this.#tally;
    this.#options.onProgress?.({ tally, lookedAt: settledIn(tally) + this.#looks.size });
  }

  #checkpoint(): VerifyCheckpoint {
    return {
      format: 1,
      of: this.#of,
      segments: [...this.#segments],
      tally: this.#tally,
      unmapped: this.#unmapped,
      waiting: this.#looks.waiting.map(encodeSample),
    };
  }
}

/** Items whose looks have come to an end. */
function settledIn(tally: VerifyTally): number {
  const { agree, settled, missing, unknown, stale } = total(tally);
  return agree + settled + missing + unknown + stale;
}

/** Bounds of one store call. No reader waits for it. */
const CALL = { timeout: seconds(5), attempts: 4 };
