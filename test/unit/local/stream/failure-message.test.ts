import { expect, test } from 'vitest';
import { failureMessage } from '../../../../local/stream/failure-message.ts';
import { polledRecords } from '../../../support/polled-records.ts';

const given = {
  batch: { records: polledRecords(3, { createdAt: Date.parse('2026-11-20T10:00:00Z') }), failures: 4, invocations: 4 },
  condition: 'RetryAttemptsExhausted',
  threw: true,
  shardId: 'shardId-1',
  streamArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-11-20T09:00:00.000',
  functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:sync',
  now: Date.parse('2026-11-20T10:05:00.123Z'),
} as const;

test('the message says where the records are, in the shape of AWS', () => {
  expect(failureMessage(given)).toEqual({
    requestContext: {
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionArn: given.functionArn,
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 4,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: '2026-11-20T10:05:00.123Z',
    DDBStreamBatchInfo: {
      shardId: 'shardId-1',
      startSequenceNumber: '1',
      endSequenceNumber: '3',
      approximateArrivalOfFirstRecord: '2026-11-20T10:00:00Z',
      approximateArrivalOfLastRecord: '2026-11-20T10:00:00Z',
      batchSize: 3,
      streamArn: given.streamArn,
    },
  });
});

test('a function that answered, and only reported failures, has no function error', () => {
  expect(failureMessage({ ...given, threw: false }).responseContext).not.toHaveProperty('functionError');
});
