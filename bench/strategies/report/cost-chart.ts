import type { Cost } from '../cost.ts';
import type { Figures } from '../figures.ts';
import { dollars } from '../format.ts';
import { type Bar, barChart, escapeHtml } from './chart.ts';

/** The monthly cost of each design, by what it is made of. */
export function costChart(designs: readonly Figures[]): string {
  const bars = designs.map(
    ({ design, cost }): Bar => ({
      name: design.name,
      text: dollars(cost.total),
      isEmphasized: design.isOurs,
      parts: COST_PARTS.map(({ id, name }) => ({ id, name: `${name}: ${dollars(cost[id])}`, value: cost[id] })),
    }),
  );
  return barChart('Monthly cost by design', bars);
}

/** HTML: the colours of its parts. */
export const costLegend = (): string =>
  COST_PARTS.map(({ id, name }) => `<span class="key"><i class="${id}"></i>${escapeHtml(name)}</span>`).join(' ');

const COST_PARTS: readonly { readonly id: Exclude<keyof Cost, 'total'>; readonly name: string }[] = [
  { id: 'tableReads', name: 'table reads' },
  { id: 'tableWrites', name: 'table writes' },
  { id: 'cacheTransfer', name: 'cache transfer' },
  { id: 'requestFunctions', name: 'functions that answer' },
  { id: 'streamFunction', name: 'function on the stream' },
];
