import { keyText, printable } from '../../cli/terminal/text.ts';
import type { CacheMap } from '../../shared/map/cache-map.ts';
import { createReader } from '../../shared/read/reader.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import { isObject, readRecord } from '../../shared/sync/record.ts';
import { milliseconds, seconds } from '../../shared/time.ts';
import { readChangeLog } from './change-log.ts';
import type { EventClock } from './event-clock.ts';
import { hostFunction, type Invocation, type StreamHandler } from './function-host.ts';
import type { SortAttributes } from './implied-query.ts';
import { ImpliedTable } from './implied-table.ts';
import { readBack } from './read-back.ts';
import type { EventFile } from './read-files.ts';
import { readBefore } from './reader-at-work.ts';
import type { EntryLine, FileReport, QuarantineLine, RecordLine } from './report.ts';
import { type ParameterSet, parameterSetsIn, touchedBy } from './touched.ts';

export interface ReplayOptions {
  readonly files: readonly EventFile[];
  readonly map: CacheMap;
  /** Empty. Stays open. */
  readonly store: CacheStore;
  readonly clock: EventClock;
  /** First part of the cache keys, as the function's environment has it. */
  readonly namespace: string;
  /** Loads the stream function, which takes store, table and clock from the runtime's overrides. */
  readonly load: () => Promise<StreamHandler>;
  /** Told each line that the function prints. */
  readonly printed: (line: string) => void;
  /** Records to an invocation; all of a file if left out. */
  readonly batchSize?: number | undefined;
  /** No reader at work beside the function: the changes meet an empty cache. */
  readonly cold?: boolean;
  readonly sortAttributes?: SortAttributes;
}

/** How long after its newest record was created a batch is handled: about what a stream with a short window takes. */
const HANDLING_DELAY = milliseconds(1_300);

/**
 * Replays event files through the stream function, and reads back what each batch touched.
 *
 * @returns one report after the other, each when its file is done
 */
export async function* replay(options: ReplayOptions): AsyncGenerator<FileReport, void, undefined> {
  const { files, map, store, clock, namespace, load, printed, sortAttributes } = options;
  const log = readChangeLog(files.flatMap(({ records }) => records));
  const table = new ImpliedTable({
    log,
    map,
    clock,
    parameterSets: parameterSetsIn(log, map, namespace),
    ...(sortAttributes && { sortAttributes }),
  });
  const invoke = await hostFunction({ clock, store, table, printed, load });
  const reader = createReader({ store, table, namespace, clock, random: () => 0, settings: READER_SETTINGS });
  const pagesInUse = new Map<string, ParameterSet>();

  for (const { path, story, records } of files) {
    const lines: RecordLine[] = [];
    const entries = new Entries();
    const quarantined: QuarantineLine[] = [];
    let batch = 0;
    for (const batchRecords of batchesOf(records, options.batchSize)) {
      batch += 1;
      const place = { file: path, batch };
      const touched = touchedBy(batchRecords, map, namespace, pagesInUse.values());
      for (const page of touched.pages) pagesInUse.set(page.generation, page);
      const times = creationTimes(batchRecords);

      if (times !== undefined && !options.cold) await readBefore(times.first, touched, { reader, clock });
      if (times !== undefined) clock.moveTo(times.last + HANDLING_DELAY);
      table.deliver(batchRecords);
      const invocation = await invoke(batchRecords);

      lines.push(...recordLines(batchRecords, invocation, map).map((line) => ({ ...place, ...line })));
      quarantined.push(...quarantineLines(batchRecords, invocation).map((line) => ({ ...place, ...line })));
      const read = await readBack(touched, { store, reader, table, namespace });
      for (const entry of read) entries.add({ ...place, ...entry });
    }
    const handledAt = clock.now();
    yield { file: path, story, batches: batch, handledAt, records: lines, entries: entries.list(), quarantined };
  }
}

/** Nobody waits for an answer here, and an answer of the cache is what this is about. */
const READER_SETTINGS = { cacheTimeout: seconds(5), fillTimeout: seconds(5) };

function* batchesOf(records: readonly unknown[], size = records.length): Generator<readonly unknown[]> {
  for (let start = 0; start < records.length; start += size) yield records.slice(start, start + size);
}

/** Epoch milliseconds; `undefined` when no record of a batch says when it was created. */
function creationTimes(records: readonly unknown[]): { first: number; last: number } | undefined {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  records.forEach((record, index) => {
    const read = readRecord(record, index);
    if ('malformed' in read) return;
    first = Math.min(first, read.createdAt);
    last = Math.max(last, read.createdAt);
  });
  return first > last ? undefined : { first, last };
}

function recordLines(
  records: readonly unknown[],
  { report, error }: Invocation,
  map: CacheMap,
): Omit<RecordLine, 'file' | 'batch'>[] {
  return records.map((record, index) => {
    const { key } = readRecord(record, index);
    const match = key === undefined ? undefined : map.match(key);
    const outcome = report?.records[index];
    return {
      number: index + 1,
      event: isObject(record) && typeof record.eventName === 'string' ? printable(record.eventName) : undefined,
      entity: match?.kind === 'entity' ? match.entity.name : undefined,
      key: key === undefined ? undefined : keyText(key, map.entities[0]?.keyAttributes ?? []),
      decision: outcome?.decision ?? 'failed',
      reason: outcome?.reason ?? `the function failed: ${error?.message ?? 'it reported nothing'}`,
      renewed: outcome?.renewed ?? 0,
      propagationDelay: outcome?.propagationDelay,
    };
  });
}

function quarantineLines(
  records: readonly unknown[],
  { quarantined }: Invocation,
): Omit<QuarantineLine, 'file' | 'batch'>[] {
  return quarantined.map(({ record, reason }) => {
    const body = isObject(record) && isObject(record.dynamodb) ? record.dynamodb : {};
    return {
      number: records.indexOf(record) + 1,
      reason,
      eventId: textOf(isObject(record) ? record.eventID : undefined),
      sequenceNumber: textOf(body.SequenceNumber),
    };
  });
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? printable(value) : undefined);

/** Keeps each entry as it was last, and wherever it did not agree. */
class Entries {
  readonly #latest = new Map<string, EntryLine>();
  readonly #disagreeing: EntryLine[] = [];

  add(entry: EntryLine): void {
    const before = this.#latest.get(entry.cacheKey);
    if (before?.agrees === false) this.#disagreeing.push(before);
    this.#latest.set(entry.cacheKey, entry);
  }

  list(): EntryLine[] {
    return [...this.#disagreeing, ...this.#latest.values()].sort((a, b) => a.batch - b.batch);
  }
}
