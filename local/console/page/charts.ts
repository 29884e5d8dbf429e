import uPlot from 'uplot';
import { clockTime, milliseconds } from '../../figures/format.ts';
import type { Second } from '../../figures/series.ts';
import { SECONDS_SHOWN } from './state.ts';

/** The charts of the page. */
export interface Charts {
  draw(seconds: readonly Second[], now: number): void;
}

/** Makes the charts, and makes them anew when light turns to dark or their place changes its width. */
export function createCharts(place: HTMLElement): Charts {
  const panels = CHARTS.map((chart) => panelFor(chart, place));
  let shown: [readonly Second[], number] = [[], Date.now()];
  const remake = (): void => {
    for (const panel of panels) panel.make();
    draw(...shown);
  };
  const draw: Charts['draw'] = (seconds, now) => {
    shown = [seconds, now];
    for (const panel of panels) panel.draw(seconds, now);
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', remake);
  new ResizeObserver(() => {
    for (const panel of panels) panel.fit();
  }).observe(place);
  remake();
  return { draw };
}

/** One series: its values, second by second, and its colour as a CSS variable. */
interface Line {
  readonly label: string;
  readonly color: string;
  readonly value: (second: Second) => number | null;
}

interface Chart {
  readonly title: string;
  /** What the colours mean. */
  readonly legend: readonly { readonly label: string; readonly color: string }[];
  readonly lines: readonly Line[];
  /** Bars fill the space below each line: those that come later stand in front. */
  readonly style: 'stacked' | 'bands';
  /** Logarithmic, and at least between these two; linear from zero if left out. */
  readonly decades?: readonly [number, number];
  /** What stands at the axis. */
  readonly unit: (value: number) => string;
}

const reads =
  (upTo: number) =>
  (second: Second): number => {
    const { hit, absent, miss, bypass } = second.outcomes;
    return [hit, absent, miss, bypass].slice(0, upTo).reduce((sum, some) => sum + some, 0);
  };

/** The median and the 99th percentile of something timed, which are the edges of a band. */
const band = (what: keyof Second['latencies'], color: string): Line[] => [
  { label: `${what} p99`, color, value: ({ latencies }) => latencies[what]?.p99 ?? null },
  { label: `${what} p50`, color, value: ({ latencies }) => latencies[what]?.p50 ?? null },
];

const CHARTS: readonly Chart[] = [
  {
    title: 'Reads per second',
    legend: ['hit', 'absent', 'miss', 'bypass'].map((label) => ({ label, color: `--${label}` })),
    lines: [
      { label: 'bypass', color: '--bypass', value: reads(4) },
      { label: 'miss', color: '--miss', value: reads(3) },
      { label: 'absent', color: '--absent', value: reads(2) },
      { label: 'hit', color: '--hit', value: reads(1) },
    ],
    style: 'stacked',
    unit: String,
  },
  {
    title: 'Wait for cache and table, p50 to p99',
    legend: [
      { label: 'cache', color: '--hit' },
      { label: 'table', color: '--miss' },
    ],
    lines: [...band('table', '--miss'), ...band('cache', '--hit')],
    style: 'bands',
    decades: [0.1, 100],
    unit: milliseconds,
  },
  {
    title: 'From write to entry, p50 to p99',
    legend: [{ label: 'propagation delay', color: '--change' }],
    lines: band('propagation', '--change'),
    style: 'bands',
    decades: [10, 10_000],
    unit: milliseconds,
  },
];

function panelFor(chart: Chart, place: HTMLElement) {
  const figure = document.createElement('figure');
  const caption = figure.appendChild(document.createElement('figcaption'));
  caption.append(Object.assign(document.createElement('h2'), { textContent: chart.title }));
  for (const { label, color } of chart.legend) {
    const key = Object.assign(document.createElement('span'), { className: 'key', textContent: label });
    key.style.setProperty('--key', `var(${color})`);
    caption.append(key);
  }
  const canvas = figure.appendChild(document.createElement('div'));
  canvas.setAttribute('role', 'img');
  place.append(figure);
  let plot: uPlot | undefined;

  return {
    make() {
      plot?.destroy();
      plot = new uPlot(optionsOf(chart, canvas.clientWidth), [[], ...chart.lines.map(() => [])], canvas);
    },
    fit: () => plot?.setSize({ width: canvas.clientWidth, height: HEIGHT }),
    draw(seconds: readonly Second[], now: number) {
      const end = now / 1_000;
      plot?.setData([seconds.map(({ at }) => at), ...chart.lines.map(({ value }) => seconds.map(value))], false);
      plot?.setScale('x', { min: end - SECONDS_SHOWN, max: end });
      canvas.setAttribute('aria-label', summaryOf(chart, seconds));
    },
  };
}

/** What the last second says, for who does not see the chart. */
function summaryOf({ title, lines, unit }: Chart, seconds: readonly Second[]): string {
  const last = seconds.at(-1);
  const values = lines.map(({ label, value }) => {
    const shown = last === undefined ? null : value(last);
    return `${label} ${shown === null ? 'none' : unit(shown)}`;
  });
  return `${title}: ${values.join(', ')}`;
}

const HEIGHT = 150;

function optionsOf({ lines, style, decades, unit }: Chart, width: number): uPlot.Options {
  const colors = getComputedStyle(document.documentElement);
  const color = (name: string): string => colors.getPropertyValue(name).trim();
  const axis = { stroke: color('--dim'), font: `11px ${colors.fontFamily}`, ticks: { show: false } };
  const grid = { stroke: color('--line'), width: 1 };
  return {
    width,
    height: HEIGHT,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true },
      y: decades
        ? { distr: 3, range: (_plot, min, max) => wholeDecades(decades, min, max) }
        : { range: (_plot, _min, max) => [0, Math.max(5, max * 1.1)] },
    },
    axes: [
      {
        ...axis,
        ...{ grid: { show: false }, space: 70, size: 24, incrs: [30] },
        // At the very edge there is no room for a time.
        values: ({ scales: { x } }, splits) =>
          splits.map((split) => (split > (x?.max ?? 0) - EDGE_SECONDS ? '' : clockTime(split * 1_000))),
      },
      {
        ...axis,
        size: 48,
        grid: { ...grid, filter: decades ? powersOfTen : everyOne },
        filter: decades ? powersOfTen : everyOne,
        // Half a read is none.
        ...(decades === undefined && { incrs: WHOLE }),
        values: (_plot, splits) => splits.map((split) => (split === null ? '' : axisLabel(unit(split)))),
      },
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => {
        const stroke = color(line.color);
        if (style === 'stacked') {
          return { label: line.label, fill: stroke, width: 0, points: { show: false }, paths: BARS };
        }
        // The median stands out; the percentile is the edge of its band.
        const isMedian = line.label.endsWith('p50');
        return {
          ...{ label: line.label, points: { show: true, size: 3, filter: standAlone }, spanGaps: false },
          ...{ stroke: isMedian ? stroke : `${stroke}80`, width: isMedian ? 1.75 : 1 },
        };
      }),
    ],
    ...(style === 'bands' && {
      bands: lines.flatMap((line, i) => {
        return i % 2 === 0 ? [{ series: [i + 1, i + 2] as [number, number], fill: `${color(line.color)}33` }] : [];
      }),
    }),
  };
}

const BARS = uPlot.paths.bars?.({ size: [1, 20], gap: 0 }) ?? (() => null);

const EDGE_SECONDS = 8;

const WHOLE = [1, 10, 100, 1_000, 10_000].flatMap((decade) => [decade, 2 * decade, 5 * decade]);

/** Whole powers of ten around what there is, and not less than usual: the axis should not jump about. */
function wholeDecades(
  [low, high]: readonly [number, number],
  min: number | null,
  max: number | null,
): [number, number] {
  return [
    Math.min(low, 10 ** Math.floor(Math.log10(min || low))),
    Math.max(high, 10 ** Math.ceil(Math.log10(max || high))),
  ];
}

/** A second between two in which nothing was timed: a line needs two ends, and would not show it. */
const standAlone: uPlot.Series.Points.Filter = ({ data }, series) => {
  const values = data[series] ?? [];
  const isThere = (at: number): boolean => typeof values[at] === 'number';
  return Array.from(values.keys()).filter((at) => isThere(at) && !isThere(at - 1) && !isThere(at + 1));
};

const powersOfTen: uPlot.Axis.Filter = (_plot, splits) => splits.map((split) => (isPowerOfTen(split) ? split : null));
const everyOne: uPlot.Axis.Filter = (_plot, splits) => splits;

const isPowerOfTen = (value: number): boolean => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;

/** `1.0 ms` is what was measured, `1 ms` a mark of an axis. */
function axisLabel(text: string): string {
  const [value = '', unit = ''] = text.split(' ');
  return `${Number(value)} ${unit}`.trim();
}
