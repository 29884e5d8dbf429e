import { expect, test } from 'vitest';
import { verdictOf } from '../../../../local/stream/verdict.ts';
import { polledRecords } from '../../../support/polled-records.ts';

const batch = polledRecords(3);
const failures = (...identifiers: unknown[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

test.each([
  ['nothing', undefined],
  ['null', null],
  ['an object without failures', {}],
  ['null for the failures', { batchItemFailures: null }],
  ['an empty list', { batchItemFailures: [] }],
])('%s is success', (_, response) => {
  expect(verdictOf(response, batch)).toEqual({ kind: 'done' });
});

test('a named record is where to go on', () => {
  expect(verdictOf(failures('2'), batch)).toEqual({ kind: 'failed-from', index: 1 });
});

test('of several named records the one that comes first in the batch counts, whatever the order of the answer', () => {
  expect(verdictOf(failures('3', '2'), batch)).toEqual({ kind: 'failed-from', index: 1 });
});

test.each([
  ['an empty identifier', failures('')],
  ['a null identifier', failures(null)],
  ['an identifier under another name', { batchItemFailures: [{ id: '2' }] }],
  ['an identifier that is not in the batch', failures('99')],
  ['an unknown identifier beside a known one', failures('2', '99')],
  ['a failure that is not an object', { batchItemFailures: ['2'] }],
  ['failures that are not a list', { batchItemFailures: '2' }],
  ['text', 'ok'],
])('%s fails the whole batch', (_, response) => {
  expect(verdictOf(response, batch)).toEqual({ kind: 'failed', threw: false });
});
