import type { Comparison, Report } from '../compare.ts';
import { AGES, type Figures, QUANTILES } from '../figures.ts';
import type { Slice } from '../meter.ts';
import { AGE, COUNT, HITS, LATENCY, PERCENTILES, STALE } from './axes.ts';
import { type Axis, type Band, escapeHtml, type Line, lineChart } from './chart.ts';
import { costChart, costLegend } from './cost-chart.ts';

/** The charts of one share of writes, each with its heading and what to see in it. */
export function chartsOf({ designs }: Comparison, { scenario }: Report): string {
  const minutesOf = (ms: number): number => ms / 60_000;
  const end = minutesOf(scenario.warmUp + scenario.duration);
  const time: Axis = {
    scale: 'linear',
    min: 0,
    max: end,
    ticks: Array.from({ length: Math.floor(end / 5) + 1 }, (_, i) => ({ at: 5 * i, text: String(5 * i) })),
    label: 'minutes; shaded: warm-up, and moments in which the network was bad',
  };
  const bands = bandsOf(scenario).map(({ from, to, name }) => ({ from: minutesOf(from), to: minutesOf(to), name }));
  const slicesOf = (of: readonly Figures[], shareOf: (slice: Slice) => number): Line[] =>
    linesOf(of, ({ curves: { overTime } }) =>
      overTime.filter(({ reads }) => reads > 0).map((slice) => [minutesOf(slice.at), shareOf(slice)]),
    );

  const latency = lineChart({
    label: 'Latency of reads by percentile',
    x: PERCENTILES,
    y: LATENCY,
    lines: linesOf(designs, ({ curves: { readLatency } }) =>
      QUANTILES.map((share, i) => [1 / (1 - share), readLatency[i] ?? Number.NaN]),
    ),
  });
  const hits = lineChart({
    label: 'Hit ratio over time',
    x: time,
    y: HITS,
    lines: slicesOf(
      designs.filter(({ hitRatio }) => hitRatio > 0),
      ({ hits: count, reads }) => count / reads,
    ),
    bands,
  });
  const stale = lineChart({
    label: 'Share of stale answers over time',
    x: time,
    y: STALE,
    lines: slicesOf(designs, ({ stale: count, reads }) => count / reads),
    bands,
  });
  const ages = lineChart({
    label: 'Number of stale answers by age',
    x: AGE,
    y: COUNT,
    lines: linesOf(designs, agesOf),
  });
  return [
    '<div class="charts">',
    figure(
      'How fast is a read?',
      'Each line from the median to the slowest in ten thousand: lower is better.',
      latency,
    ),
    figure('How often does the cache answer?', 'Hit ratio over time: higher is better.', hits),
    figure('How many answers are stale?', 'Share of all answers, over time: lower is better.', stale),
    figure('And for how long?', 'Stale answers at least so old: the further left a line ends, the better.', ages),
    '</div>',
    figure('What does a month cost?', `US dollars for this load. ${costLegend()}`, costChart(designs), 'wide'),
  ].join('\n');
}

/** Class of a design's colour. */
export const colorOf = ({ design }: Figures): string => design.id;

function linesOf(designs: readonly Figures[], pointsOf: (figures: Figures) => Line['points']): Line[] {
  return designs.map((figures) => ({
    id: colorOf(figures),
    name: figures.design.name,
    points: pointsOf(figures),
  }));
}

/** Down to the one stale answer that was older than all others. */
function agesOf({ curves, staleLongest }: Figures): Line['points'] {
  const counts = AGES.map((age, i) => [age, curves.staleAtLeast[i] ?? 0] as const).filter(([, count]) => count > 0);
  return staleLongest > 0 ? [...counts, [staleLongest, 1]] : [];
}

function bandsOf({ warmUp, duration, spells }: Report['scenario']): Band[] {
  const bands: Band[] = [{ from: 0, to: warmUp, name: 'warm-up' }];
  for (let start = spells.every / 2; start < warmUp + duration; start += spells.every) {
    bands.push({ from: start, to: start + spells.length, name: 'the network is bad' });
  }
  return bands;
}

/** @param caption HTML */
function figure(heading: string, caption: string, chart: string, kind = ''): string {
  return `<figure class="${kind}"><h3>${escapeHtml(heading)}</h3><figcaption>${caption}</figcaption>${chart}</figure>`;
}
