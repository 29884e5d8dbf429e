import { describe, expect, it } from 'vitest';
import { failureMessage as localFailureMessage } from '../../../local/stream/failure-message.ts';
import { MalformedMessageError, readFailureMessage } from '../../../shared/repair/failure-message.ts';
import { streamArn } from '../../support/lambda-records.ts';
import { polledRecords } from '../../support/polled-records.ts';
import { failureMessage } from '../../support/repair.ts';

const documented = failureMessage({ start: '800000000003126276362', end: '800000000003126276370', count: 3 });
const range = {
  kind: 'range',
  streamArn: streamArn(),
  shardId: 'shardId-00000001573689847184-864758bb',
  start: '800000000003126276362',
  end: '800000000003126276370',
  count: 3,
};
const records = [{ eventID: 'a' }, { eventID: 'b' }];

const read = (message: unknown) => readFailureMessage(JSON.stringify(message));

/** A message with other fields in its batch information. */
const withInfo = (info: object) => ({
  ...documented,
  DDBStreamBatchInfo: { ...documented.DDBStreamBatchInfo, ...info },
});

describe('on-failure destination', () => {
  it('reads where the records are from the message that AWS documents for SQS', () => {
    expect(read(documented)).toEqual(range);
  });

  it('reads the message that the local stream poller sends', () => {
    const message = localFailureMessage({
      batch: { records: polledRecords(3), failures: 3, invocations: 4 },
      condition: 'RetryAttemptsExhausted',
      threw: true,
      shardId: 'shard-1',
      streamArn: streamArn(),
      functionArn: 'arn:aws:lambda:local:0:function:sync',
      now: 1_790_000_000_000,
    });

    expect(read(message)).toMatchObject({ kind: 'range', shardId: 'shard-1', start: '1', end: '3', count: 3 });
  });

  it('takes the records that an S3 destination adds as text', () => {
    expect(read({ ...documented, payload: JSON.stringify({ Records: records }) })).toEqual({
      kind: 'records',
      records,
    });
  });

  it('takes the records that an S3 destination adds as an object', () => {
    expect(read({ ...documented, payload: { Records: records } })).toEqual({ kind: 'records', records });
  });

  it.each([
    ['is cut off', '{"Records":[{"eventID"'],
    ['is another text', '<Whole Event>'],
    ['has no records', { Records: [] }],
    ['is a list', [1, 2]],
    ['is null', null],
  ])('goes by the range where the payload %s', (_, payload) => {
    expect(read({ ...documented, payload })).toEqual(range);
  });
});

describe('quarantine', () => {
  it.each([
    ['a record', { eventID: 'a', dynamodb: {} }],
    ['null', null],
    ['text', 'not a record'],
    ['a list', [{ eventID: 'a' }]],
  ])('reads a message that holds %s', (_, record) => {
    expect(read({ reason: 'malformed', record })).toEqual({ kind: 'records', records: [record] });
  });
});

describe('anything else', () => {
  it.each([
    ['no JSON', 'canary'],
    ['empty', ''],
    ['a text', '"canary"'],
    ['null', 'null'],
    ['a list', '[{"canary":1}]'],
    ['an empty object', '{}'],
    ['a record without a reason', '{"record":{"canary":1}}'],
    ['a reason without a record', '{"reason":"canary"}'],
    ['an S3 form without a usable payload or range', '{"payload":"canary"}'],
    ['Kinesis', '{"KinesisBatchInfo":{"shardId":"canary"}}'],
    ['a start that is not a number', JSON.stringify(withInfo({ startSequenceNumber: 'canary' }))],
    ['an end that is a number and no text', JSON.stringify(withInfo({ endSequenceNumber: 12 }))],
    ['no shard', JSON.stringify(withInfo({ shardId: '' }))],
    ['a stream that is none', JSON.stringify(withInfo({ streamArn: 'arn:aws:s3:::canary' }))],
    ['no record', JSON.stringify(withInfo({ batchSize: 0 }))],
    ['half a record', JSON.stringify(withInfo({ batchSize: 1.5 }))],
  ])('is malformed, and not quoted: %s', (_, text) => {
    const reading = () => readFailureMessage(text);

    expect(reading).toThrow(MalformedMessageError);
    expect(reading).not.toThrow(/canary/);
  });

  it('carries no cause, because that of the JSON parser quotes the message', () => {
    expect(() => readFailureMessage('{"name":canary}')).toThrow(
      expect.not.objectContaining({ cause: expect.anything() }),
    );
  });
});
