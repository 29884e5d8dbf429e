import { DESIGNS } from './designs/list.ts';
import { type Figures, figuresOf } from './figures.ts';
import { runDesign } from './run.ts';
import type { Scenario } from './scenario.ts';

/** All designs under one share of writes. */
export interface Comparison {
  readonly writeShare: number;
  readonly designs: readonly Figures[];
}

/** What was compared, and what came of it. */
export interface Report {
  readonly scenario: Omit<Scenario, 'writeShare'>;
  readonly comparisons: readonly Comparison[];
}

/**
 * Runs every design through the same workload, once for each share of writes.
 *
 * @param onProgress told before each run
 */
export async function compare(
  { writeShare: _, ...scenario }: Scenario,
  writeShares: readonly number[],
  onProgress: (line: string) => void = () => undefined,
): Promise<Report> {
  const comparisons: Comparison[] = [];
  for (const writeShare of writeShares) {
    const designs: Figures[] = [];
    for (const design of DESIGNS) {
      onProgress(`${design.name}, ${100 * writeShare} % writes`);
      designs.push(figuresOf(await runDesign(design, { ...scenario, writeShare })));
    }
    comparisons.push({ writeShare, designs });
  }
  return { scenario, comparisons };
}
