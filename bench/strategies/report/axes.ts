import { percent } from '../format.ts';
import type { Axis } from './chart.ts';

const UP_TO_TEN_SECONDS: Axis['ticks'] = [
  { at: 1, text: '1 ms' },
  { at: 10, text: '10 ms' },
  { at: 100, text: '100 ms' },
  { at: 1_000, text: '1 s' },
  { at: 10_000, text: '10 s' },
];

/** Its places are odds against: one in two, in ten, in a hundred. */
export const PERCENTILES: Axis = {
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

export const LATENCY: Axis = {
  scale: 'log',
  min: 0.7,
  max: 10_000,
  ticks: UP_TO_TEN_SECONDS,
  label: 'latency',
};

export const HITS: Axis = {
  scale: 'linear',
  min: 0.5,
  max: 1,
  ticks: [0.5, 0.6, 0.7, 0.8, 0.9, 1].map((at) => ({ at, text: percent(at) })),
  label: 'hits',
};

/** What is not there at all stands on the lowest line. */
export const STALE: Axis = {
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

export const AGE: Axis = {
  scale: 'log',
  min: 1,
  max: 1_800_000,
  ticks: [...UP_TO_TEN_SECONDS, { at: 60_000, text: '1 min' }, { at: 600_000, text: '10 min' }],
  label: 'outdated for at least',
};

export const COUNT: Axis = {
  scale: 'log',
  min: 1,
  max: 100_000,
  ticks: [1, 10, 100, 1_000, 10_000, 100_000].map((at) => ({ at, text: at.toLocaleString('en-US') })),
  label: 'answers',
};
