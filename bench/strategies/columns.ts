import type { Figures } from './figures.ts';
import { amount, dollars, duration, percent, thousands } from './format.ts';

/** One thing by which designs are compared. */
export interface Column {
  readonly id: ColumnId;
  readonly name: string;
  readonly better: 'lower' | 'higher';
  readonly value: (figures: Figures) => number;
  readonly format: (value: number) => string;
}

export type ColumnId =
  | 'readP50'
  | 'readP99'
  | 'readP999'
  | 'writeP50'
  | 'writeP99'
  | 'hitRatio'
  | 'tableReads'
  | 'cacheCalls'
  | 'staleAnswers'
  | 'staleShare'
  | 'staleMedian'
  | 'staleLongest'
  | 'leftStale'
  | 'staleForever'
  | 'cost';

const lower = (
  id: ColumnId,
  name: string,
  value: (figures: Figures) => number,
  format: (value: number) => string,
): Column => ({ id, name, better: 'lower', value, format });

export const COLUMNS: readonly Column[] = [
  lower('readP50', 'read p50', ({ readP50 }) => readP50, duration),
  lower('readP99', 'read p99', ({ readP99 }) => readP99, duration),
  lower('readP999', 'read p99.9', ({ readP999 }) => readP999, duration),
  lower('writeP50', 'write p50', ({ writeP50 }) => writeP50, duration),
  lower('writeP99', 'write p99', ({ writeP99 }) => writeP99, duration),
  { id: 'hitRatio', name: 'hit ratio', better: 'higher', value: ({ hitRatio }) => hitRatio, format: percent },
  lower('tableReads', 'table reads / 1,000 requests', ({ tableReadsPer1000 }) => tableReadsPer1000, amount),
  lower(
    'cacheCalls',
    'cache calls / request',
    ({ cacheCallsPerRequest }) => cacheCallsPerRequest,
    (n) => n.toFixed(2),
  ),
  lower('staleAnswers', 'stale answers', ({ staleAnswers }) => staleAnswers, thousands),
  lower('staleShare', '  share of answers', ({ staleShare }) => staleShare, percent),
  lower('staleMedian', '  median age', ({ staleMedian }) => staleMedian, duration),
  lower('staleLongest', '  longest age', ({ staleLongest }) => staleLongest, duration),
  lower('leftStale', 'entries left stale', ({ leftStale }) => leftStale, thousands),
  lower('staleForever', 'stale for ever', ({ staleForever }) => staleForever, thousands),
  lower('cost', 'cost a month', ({ cost }) => cost.total, dollars),
];
