import { startChild } from '../child.ts';
import type { PartReport } from '../report.ts';
import type { PartOptions } from '../run.ts';
import { median } from '../statistics.ts';
import type { ScaleAnswer, ScaleRequest } from './worker.ts';

/** Whether a large event costs more than the records that it has. */
export async function runScale({ runs, seed, quick }: PartOptions): Promise<PartReport> {
  const worker = await startChild<ScaleRequest, ScaleAnswer>('scale/worker.ts', { seed }, ['--expose-gc']);
  try {
    const sizes = quick ? [100] : Object.keys(INVOCATIONS).map(Number);
    const answers = new Map<number, ScaleAnswer[]>(sizes.map((size) => [size, []]));
    // The first run is for the compiler.
    for (let run = -1; run < runs; run += 1) {
      for (const size of sizes) {
        const answer = await worker.ask({ records: size, invocations: INVOCATIONS[size] ?? 1 });
        if (run >= 0) answers.get(size)?.push(answer);
      }
    }
    return reportOf(answers);
  } finally {
    await worker.stop();
  }
}

/** By the size of the event: enough of the small ones for the clock of the CPU. */
const INVOCATIONS: Readonly<Record<number, number>> = { 100: 20, 1000: 3, 10000: 1 };

const MB = 1_024 * 1_024;

function reportOf(answers: ReadonlyMap<number, readonly ScaleAnswer[]>): PartReport {
  const middle = (of: readonly ScaleAnswer[], figure: keyof ScaleAnswer): number =>
    median(of.map((answer) => answer[figure]));
  const sizes = [...answers.keys()];
  const smallest = answers.get(Math.min(...sizes)) ?? [];
  const largest = answers.get(Math.max(...sizes)) ?? [];
  const growth = (figure: keyof ScaleAnswer): number => middle(largest, figure) / middle(smallest, figure);
  return {
    part: 'scale',
    about: 'Events in which every record is of another item, a store in memory; the main thread’s CPU.',
    tables: [
      {
        title: 'records',
        columns: ['event MB', 'plan µs/record', 'sync µs/record', 'heap MB beyond the event'],
        rows: [...answers].map(([size, of]) => [
          String(size),
          middle(of, 'eventBytes') / MB,
          middle(of, 'planPerRecord'),
          middle(of, 'syncPerRecord'),
          middle(of, 'heapBeyondEvent') / MB,
        ]),
      },
    ],
    targets: [
      {
        what: 'growth of a record’s cost, smallest to largest event',
        bound: { atMost: 1.2 },
        measured: { plan: growth('planPerRecord'), sync: growth('syncPerRecord') },
      },
      {
        what: 'MB of heap beyond the largest event',
        bound: { atMost: 128 },
        measured: { '': middle(largest, 'heapBeyondEvent') / MB },
      },
    ],
  };
}
