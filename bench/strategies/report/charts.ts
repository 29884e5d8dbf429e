import type { Comparison, Report } from '../compare.ts';
import type { Cost } from '../cost.ts';
import { AGES, type Figures, QUANTILES } from '../figures.ts';
import { dollars, percent } from '../format.ts';
import type { Slice } from '../meter.ts';
import { type Axis, type Band, type Bar, barChart, escapeHtml, type Line, lineChart } from './chart.ts';

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
  const slicesOf = (of: readonly Figures[], valueOf: (slice: Slice) => number): Line[] =>
    linesOf(of, ({ overTime: slices }) =>
      slices.filter(({ reads }) => reads > 0).map((slice) => [minutesOf(slice.at), valueOf(slice)]),
    );

  const latency = lineChart({
    label: 'Latency of reads by percentile',
    x: PERCENTILES,
    y: LATENCY,
    lines: linesOf(designs, ({ readLatency }) =>
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
    lines: linesOf(designs, ({ staleAtLeast }) => AGES.map((age, i) => [age, staleAtLeast[i] ?? 0])).map((line) => ({
      ...line,
      points: line.points.filter(([, count]) => count > 0),
    })),
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

/** Its places are odds against: one in two, in ten, in a hundred. */
const PERCENTILES: Axis = {
  scale: 'log',
  min: 2,
  max: 10_000,
  ticks: [
    { at: 2, text: 'p50' },
    { at: 10, text: 'p90' },
    { at: 100, text: 'p99' },
    { at: 1_000, text: 'p99.9' },
    { at: 10_000, text: 'p99.99' },
  ],
  label: 'percentile of reads',
};

const LATENCY: Axis = {
  scale: 'log',
  min: 0.7,
  max: 10_000,
  ticks: [
    { at: 1, text: '1 ms' },
    { at: 10, text: '10 ms' },
    { at: 100, text: '100 ms' },
    { at: 1_000, text: '1 s' },
    { at: 10_000, text: '10 s' },
  ],
  label: 'latency',
};

const HITS: Axis = {
  scale: 'linear',
  min: 0.5,
  max: 1,
  ticks: [0.5, 0.6, 0.7, 0.8, 0.9, 1].map((at) => ({ at, text: percent(at) })),
  label: 'hits',
};

/** What is not there at all stands on the lowest line. */
const STALE: Axis = {
  scale: 'log',
  min: 0.0005,
  max: 1,
  ticks: [
    { at: 0.0005, text: 'none' },
    { at: 0.001, text: '0.1 %' },
    { at: 0.01, text: '1 %' },
    { at: 0.1, text: '10 %' },
    { at: 1, text: '100 %' },
  ],
  label: 'stale answers',
};

const AGE: Axis = {
  scale: 'log',
  min: 1,
  max: 1_800_000,
  ticks: [
    { at: 1, text: '1 ms' },
    { at: 10, text: '10 ms' },
    { at: 100, text: '100 ms' },
    { at: 1_000, text: '1 s' },
    { at: 10_000, text: '10 s' },
    { at: 60_000, text: '1 min' },
    { at: 600_000, text: '10 min' },
  ],
  label: 'outdated for at least',
};

const COUNT: Axis = {
  scale: 'log',
  min: 1,
  max: 100_000,
  ticks: [1, 10, 100, 1_000, 10_000, 100_000].map((at) => ({ at, text: at.toLocaleString('en-US') })),
  label: 'answers',
};

const COST_PARTS: readonly { readonly id: Exclude<keyof Cost, 'total'>; readonly name: string }[] = [
  { id: 'tableReads', name: 'table reads' },
  { id: 'tableWrites', name: 'table writes' },
  { id: 'cacheTransfer', name: 'cache transfer' },
  { id: 'requestFunctions', name: 'functions that answer' },
  { id: 'streamFunction', name: 'function on the stream' },
];

function linesOf(
  designs: readonly Figures[],
  pointsOf: (curves: Figures['curves']) => readonly (readonly [number, number])[],
): Line[] {
  return designs.map((figures) => ({
    id: colorOf(figures),
    name: figures.design.name,
    points: pointsOf(figures.curves),
  }));
}

function bandsOf({ warmUp, duration, spells }: Report['scenario']): Band[] {
  const bands: Band[] = [{ from: 0, to: warmUp, name: 'warm-up' }];
  for (let start = spells.every / 2; start < warmUp + duration; start += spells.every) {
    bands.push({ from: start, to: start + spells.length, name: 'the network is bad' });
  }
  return bands;
}

function costChart(designs: readonly Figures[]): string {
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

const costLegend = (): string =>
  COST_PARTS.map(({ id, name }) => `<span class="key"><i class="${id}"></i>${escapeHtml(name)}</span>`).join(' ');

/** @param caption HTML */
function figure(heading: string, caption: string, chart: string, kind = ''): string {
  return `<figure class="${kind}"><h3>${escapeHtml(heading)}</h3><figcaption>${caption}</figcaption>${chart}</figure>`;
}
