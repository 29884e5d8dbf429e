import type { _Record } from '@aws-sdk/client-dynamodb-streams';
import { expect, test } from 'vitest';
import { creationTime, polledRecord } from '../../../../local/stream/record.ts';

const ARN = 'arn:aws:dynamodb:ddblocal:000000000000:table/sample/stream/2026-11-20T10:00:00.000';
const at = (time: string): number => Date.parse(`2026-11-20T${time}Z`);

const source: _Record = {
  eventID: 'e1',
  eventName: 'MODIFY',
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: 'ddblocal',
  dynamodb: {
    ApproximateCreationDateTime: new Date(at('10:00:00')),
    Keys: { PK: { S: 'a' }, SK: { B: new Uint8Array([0, 255]) } },
    NewImage: {
      bytes: { B: new Uint8Array([1]) },
      nested: { M: { list: { L: [{ BS: [new Uint8Array([2])] }, { N: '1' }] } } },
    },
    OldImage: { set: { SS: ['x'] }, none: { NULL: true } },
    SequenceNumber: '000000000000000000002',
    SizeBytes: 21,
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  },
};

test('a record is as Lambda delivers it: base64 text, epoch seconds, the ARN of the stream', () => {
  const { record, sequenceNumber, createdAt } = polledRecord(source, ARN, 'exact', at('11:00:00'));

  expect(record).toEqual({
    eventID: 'e1',
    eventName: 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'ddblocal',
    eventSourceARN: ARN,
    dynamodb: {
      ApproximateCreationDateTime: at('10:00:00') / 1_000,
      Keys: { PK: { S: 'a' }, SK: { B: 'AP8=' } },
      NewImage: { bytes: { B: 'AQ==' }, nested: { M: { list: { L: [{ BS: ['Ag=='] }, { N: '1' }] } } } },
      OldImage: { set: { SS: ['x'] }, none: { NULL: true } },
      SequenceNumber: '000000000000000000002',
      SizeBytes: 21,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  });
  expect(sequenceNumber).toBe('000000000000000000002');
  expect(createdAt).toBe(at('10:00:00'));
});

test('an image that the stream leaves out is left out', () => {
  const keysOnly = { ...source, dynamodb: { Keys: { PK: { S: 'a' } }, SequenceNumber: '1' } };

  expect(Object.keys(polledRecord(keysOnly, ARN, 'exact', 0).record.dynamodb ?? {}).sort()).toEqual([
    'ApproximateCreationDateTime',
    'Keys',
    'SequenceNumber',
  ]);
});

test('an expiry by the service keeps who removed the item, in the spelling of an event', () => {
  const expiry = { ...source, userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' } };

  expect(polledRecord(expiry, ARN, 'exact', 0).record.userIdentity).toEqual({
    type: 'Service',
    principalId: 'dynamodb.amazonaws.com',
  });
});

test('an exact creation time is handed on', () => {
  expect(creationTime(at('10:00:07'), 'exact', at('10:00:09'))).toBe(at('10:00:07'));
});

test('of a time that is rounded to the minute, the second in which the record was first seen is handed on', () => {
  expect(creationTime(at('10:00:00'), 'rounded-to-minute', at('10:00:42.900'))).toBe(at('10:00:42'));
});

test('a record that is seen late is not made younger than its minute allows', () => {
  expect(creationTime(at('10:00:00'), 'rounded-to-minute', at('10:30:00'))).toBe(at('10:00:59'));
});

test('a clock that is behind does not make a record older than it was reported', () => {
  expect(creationTime(at('10:00:00'), 'rounded-to-minute', at('09:59:58'))).toBe(at('10:00:00'));
});
