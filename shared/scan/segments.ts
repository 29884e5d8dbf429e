import * as v from 'valibot';
import type { Item } from '../entry/item.ts';
import { type Clock, stopwatch } from '../time.ts';
import type { ReadBudget } from './read-budget.ts';
import type { TableScanner } from './table-scanner.ts';

/** How far a segment has been dealt with. It is JSON, for a checkpoint. */
export type SegmentPosition = v.InferOutput<typeof SegmentPositionSchema>;

/** What a checkpoint holds of a segment: `after` is the cursor of the last page that was dealt with. */
export const SegmentPositionSchema = v.union([
  v.literal('unread'),
  v.strictObject({ after: v.string() }),
  v.literal('read'),
]);

/** Segments that may be read side by side. Each holds a page of up to a megabyte while it is dealt with. */
export const MOST_SIDE_BY_SIDE = 64;

/** A page, and between which two moments the table was read for it. */
export interface LoadedPage {
  readonly items: readonly Item[];
  /** Epoch milliseconds just before the page was asked for. */
  readonly from: number;
  /** Epoch milliseconds when it was there. */
  readonly until: number;
  /** Milliseconds since just before the page was asked for, by the clock that moved further. */
  readonly elapsed: () => number;
}

export interface SegmentScan<Result> {
  readonly table: TableScanner;
  readonly budget: ReadBudget;
  readonly clock: Clock;
  /** Where to begin: `unread` for each segment of a scan that begins. */
  readonly positions: readonly SegmentPosition[];
  /** Ends the scan behind the pages that are being dealt with. */
  readonly signal: AbortSignal;
  /** Deals with one page; the next one of its segment is read when it has resolved. */
  readonly visit: (page: LoadedPage) => Promise<Result>;
  /** Hears of each page that was dealt with: what it came to, and where the segments stand then. */
  readonly onPage: (result: Result, positions: SegmentPosition[]) => void;
}

/**
 * Scans a table, all segments side by side. When it has settled, nothing of it is left running.
 *
 * @throws the first error of the table or of `visit`; the other segments have then ended behind their current page
 */
export async function scanSegments<Result>(scan: SegmentScan<Result>): Promise<void> {
  const { table, budget, clock, visit, onPage } = scan;
  const positions = [...scan.positions];
  const failing = new AbortController();
  const signal = AbortSignal.any([scan.signal, failing.signal]);

  async function scanSegment(index: number): Promise<void> {
    for (;;) {
      const position = positions[index];
      if (position === undefined || position === 'read') return;
      await budget.ready(signal);
      if (signal.aborted) return;
      const elapsed = stopwatch(clock);
      const from = clock.now();
      const segment = { index, total: positions.length };
      const { items, cursor } = await table.page(segment, position === 'unread' ? undefined : position.after);
      const result = await visit({ items, from, until: clock.now(), elapsed });
      positions[index] = cursor === undefined ? 'read' : { after: cursor };
      onPage(result, [...positions]);
    }
  }

  const outcomes = await Promise.allSettled(
    positions.map((_, index) =>
      scanSegment(index).catch((error: unknown) => {
        failing.abort();
        throw error;
      }),
    ),
  );
  const failure = outcomes.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
}
