import { expect, test } from 'vitest';
import { afterAging, afterInvocation, type Batch } from '../../../../local/stream/retry.ts';
import { seconds } from '../../../../shared/time.ts';
import { numbersOf, polledRecords } from '../../../support/polled-records.ts';

const THREW = { kind: 'failed', threw: true } as const;
const settings = { bisectsOnError: true, maximumRetryAttempts: undefined, maximumRecordAge: undefined };
const batchOf = (count: number, given: Partial<Batch> = {}): Batch => ({
  records: polledRecords(count),
  failures: 0,
  invocations: 0,
  ...given,
});

test('a batch that is done leaves nothing', () => {
  expect(afterInvocation(batchOf(3), { kind: 'done' }, settings)).toEqual({ batches: [], givenUp: undefined });
});

test('a partial answer leaves the records from the one that it names, with retries to spare', () => {
  const { batches } = afterInvocation(batchOf(3, { failures: 5 }), { kind: 'failed-from', index: 1 }, settings);

  expect(batches.map(({ records }) => numbersOf(records))).toEqual(['2 3']);
  expect(batches[0]?.failures).toBe(0);
});

test('a batch that failed as a whole is split in two, the first half first, and no retry is used up', () => {
  const { batches } = afterInvocation(batchOf(5, { failures: 2 }), THREW, settings);

  expect(batches.map(({ records }) => numbersOf(records))).toEqual(['1 2 3', '4 5']);
  expect(batches.map(({ failures }) => failures)).toEqual([2, 2]);
});

test('a batch is tried again as it is when the settings do not bisect', () => {
  const { batches } = afterInvocation(batchOf(4), THREW, { ...settings, bisectsOnError: false });

  expect(batches).toEqual([batchOf(4, { failures: 1, invocations: 1 })]);
});

test('a single record that fails is tried again without end when there is no limit', () => {
  const { batches, givenUp } = afterInvocation(batchOf(1, { failures: 9_999 }), THREW, settings);

  expect(batches[0]?.failures).toBe(10_000);
  expect(givenUp).toBeUndefined();
});

test.each([0, 1, 2])('with %i retries a batch is given up on after one attempt more than that', (retries) => {
  const limited = { ...settings, maximumRetryAttempts: retries };
  let next = afterInvocation(batchOf(1), THREW, limited);
  let attempts = 1;
  for (let batch = next.batches[0]; batch !== undefined; batch = next.batches[0]) {
    next = afterInvocation(batch, THREW, limited);
    attempts += 1;
  }

  expect(attempts).toBe(retries + 1);
  expect(next.givenUp?.invocations).toBe(retries + 1);
});

test('naming the first record counts as a retry, since nothing was done', () => {
  const limited = { ...settings, maximumRetryAttempts: 1 };
  const first = afterInvocation(batchOf(2), { kind: 'failed-from', index: 0 }, limited);
  const [again = batchOf(0)] = first.batches;

  expect(numbersOf(again.records)).toBe('1 2');
  expect(numbersOf(afterInvocation(again, { kind: 'failed-from', index: 0 }, limited).givenUp?.records ?? [])).toBe(
    '1 2',
  );
});

test('records that are too old are given up on, and only those', () => {
  const records = [...polledRecords(2, { createdAt: 1_000 }), ...polledRecords(1, { createdAt: 50_000 })];
  const { batches, givenUp } = afterAging({ records, failures: 0, invocations: 0 }, 70_000, {
    ...settings,
    maximumRecordAge: seconds(60),
  });

  expect(givenUp?.records).toEqual(records.slice(0, 2));
  expect(batches.map((batch) => batch.records)).toEqual([records.slice(2)]);
});

test('a batch of which all is too old is given up on as a whole', () => {
  const batch = { records: polledRecords(2, { createdAt: 0 }), failures: 0, invocations: 0 };

  expect(afterAging(batch, 60_001, { ...settings, maximumRecordAge: seconds(60) })).toEqual({
    batches: [],
    givenUp: batch,
  });
});

test('without an age limit nothing is too old', () => {
  const batch = { records: polledRecords(2, { createdAt: 0 }), failures: 0, invocations: 0 };

  expect(afterAging(batch, Date.now(), settings)).toEqual({ batches: [batch], givenUp: undefined });
});
