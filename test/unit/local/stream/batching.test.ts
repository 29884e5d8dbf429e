import { expect, test } from 'vitest';
import { batchLength, isDue } from '../../../../local/stream/batching.ts';
import { seconds } from '../../../../shared/time.ts';
import { polledRecords } from '../../../support/polled-records.ts';

const settings = { batchSize: 3, batchingWindow: seconds(5) };
const MEGABYTE = 1024 * 1024;

test('a batch holds at most as many records as the batch size', () => {
  expect(batchLength(polledRecords(2), settings)).toBe(2);
  expect(batchLength(polledRecords(10), settings)).toBe(3);
});

test('a batch holds at most what an event may be in size: 6 MB', () => {
  expect(batchLength(polledRecords(10, { bytes: MEGABYTE }), { ...settings, batchSize: 100 })).toBe(5);
});

test('a record that would be too large by itself still goes, rather than block the shard', () => {
  expect(batchLength(polledRecords(2, { bytes: 7 * MEGABYTE }), settings)).toBe(1);
});

test('without a batching window records are due as soon as there are any', () => {
  const atOnce = { ...settings, batchingWindow: seconds(0) };

  expect(isDue([], 0, atOnce)).toBe(false);
  expect(isDue(polledRecords(1), 0, atOnce)).toBe(true);
});

test('with a batching window a part of a batch waits until it is over', () => {
  expect(isDue(polledRecords(2), 4_999, settings)).toBe(false);
  expect(isDue(polledRecords(2), 5_000, settings)).toBe(true);
});

test('a full batch is due before the batching window is over', () => {
  expect(isDue(polledRecords(3), 0, settings)).toBe(true);
  expect(isDue(polledRecords(10, { bytes: MEGABYTE }), 0, { ...settings, batchSize: 100 })).toBe(true);
});
