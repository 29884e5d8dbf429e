import { describe, expect, it } from 'vitest';
import { type Change, type MalformedRecord, readRecord, sequenceOf } from '../../../shared/sync/record.ts';
import { lambdaRecord, STREAM_LABEL } from '../../support/lambda-records.ts';

const KEY = { PK: 'ITEM#1' };
const GOOD = lambdaRecord({
  type: 'MODIFY',
  key: KEY,
  oldImage: { ...KEY, revision: 1 },
  newImage: { ...KEY, revision: 2 },
  sequence: '000000000000000000042',
  createdAt: 1_790_000_000_000,
});

describe('a record of the stream', () => {
  it('is read with its position, time, key and images', () => {
    const change = understood(GOOD);

    expect(change).toMatchObject({
      index: 7,
      type: 'MODIFY',
      position: { label: STREAM_LABEL, sequence: '000000000000000000042' },
      createdAt: 1_790_000_000_000,
      key: KEY,
    });
    expect(change.oldImage?.()).toEqual({ ...KEY, revision: 1 });
    expect(change.newImage?.()).toEqual({ ...KEY, revision: 2 });
  });

  it.each([1_790_000_000.123, 1_790_000_000.999, 1_795_170_972.0001])(
    'has a time in whole milliseconds: %d s',
    (created) => {
      const { createdAt } = understood(withBody({ ApproximateCreationDateTime: created }));

      expect(Number.isSafeInteger(createdAt)).toBe(true);
      expect(Math.abs(createdAt - created * 1_000)).toBeLessThan(1);
    },
  );

  it('may lack either image: that depends on the view of the stream', () => {
    const change = understood(withBody({ NewImage: undefined, OldImage: null }));

    expect(change.newImage).toBeUndefined();
    expect(change.oldImage).toBeUndefined();
  });

  it('is of an expired item or of a replica like any other', () => {
    const expired = {
      ...GOOD,
      eventName: 'REMOVE',
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    };

    expect(understood(expired).type).toBe('REMOVE');
  });

  it('decodes an image when somebody asks, once, and says each time that it cannot', () => {
    const change = understood(withBody({ NewImage: { PK: { S: 1 } } }));

    expect(() => change.newImage?.()).toThrow(/PK/);
    expect(() => change.newImage?.()).toThrow(/PK/);
    expect(change.oldImage?.()).toBe(change.oldImage?.());
  });

  it.each([
    'arn:aws:dynamodb:eu-central-1:123456789012:table/app/stream/2026',
    'arn:aws-cn:dynamodb:cn-north-1:1:table/a.b-c_d/stream/2026-11-20T10:00:00.000',
    'arn:aws:dynamodb:ddblocal:000000000000:table/app/stream/x',
  ])('comes from a stream in any partition and region: %s', (eventSourceARN) => {
    expect(understood({ ...GOOD, eventSourceARN }).position.label).toBe(eventSourceARN.split('/stream/')[1]);
  });
});

describe('a malformed record', () => {
  const hopeless: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a text', 'record'],
    ['a number', 7],
    ['a list', [GOOD]],
    ['empty', {}],
    ['without "dynamodb"', { ...GOOD, dynamodb: undefined }],
    ['with a list as "dynamodb"', { ...GOOD, dynamodb: [] }],
    ['without keys', withBody({ Keys: undefined })],
    ['with no key attribute', withBody({ Keys: {} })],
    ['with a list as keys', withBody({ Keys: [{ S: 'x' }] })],
    ['with an untagged key', withBody({ Keys: { PK: 'ITEM#1' } })],
    ['with a key of a type that keys do not have', withBody({ Keys: { PK: { BOOL: true } } })],
    ['with a list as a key', withBody({ Keys: { PK: { L: [] } } })],
    ['with a number key that is none', withBody({ Keys: { PK: { N: 'NaN' } } })],
    ['with a binary key that is not base64', withBody({ Keys: { PK: { B: '%' } } })],
  ];
  it.each(hopeless)('is one that is %s; of its key nothing is known', (_, record) => {
    expect(malformed(record)).toMatchObject({ index: 7, key: undefined });
  });

  const salvageable: [string, unknown, RegExp][] = [
    ['without event name', { ...GOOD, eventName: undefined }, /eventName/],
    ['of an unknown kind', { ...GOOD, eventName: 'TRUNCATE' }, /eventName/],
    ['without source', { ...GOOD, eventSourceARN: undefined }, /eventSourceARN/],
    ['from a queue', { ...GOOD, eventSourceARN: 'arn:aws:sqs:eu-central-1:1:queue' }, /eventSourceARN/],
    [
      'from a table without stream',
      { ...GOOD, eventSourceARN: 'arn:aws:dynamodb:eu-central-1:1:table/app' },
      /eventSourceARN/,
    ],
    [
      'with an empty label',
      { ...GOOD, eventSourceARN: 'arn:aws:dynamodb:eu-central-1:1:table/app/stream/' },
      /eventSourceARN/,
    ],
    ['without sequence number', withBody({ SequenceNumber: undefined }), /SequenceNumber/],
    ['with a number as sequence number', withBody({ SequenceNumber: 42 }), /SequenceNumber/],
    ['with an empty sequence number', withBody({ SequenceNumber: '' }), /SequenceNumber/],
    ['with a hexadecimal sequence number', withBody({ SequenceNumber: '0x2a' }), /SequenceNumber/],
    ['with a negative sequence number', withBody({ SequenceNumber: '-1' }), /SequenceNumber/],
    ['with a sequence number that is too long', withBody({ SequenceNumber: '1'.repeat(41) }), /SequenceNumber/],
    ['without a time', withBody({ ApproximateCreationDateTime: undefined }), /CreationDateTime/],
    ['with a text as time', withBody({ ApproximateCreationDateTime: '2026-11-20' }), /CreationDateTime/],
    ['with a time that is not a number', withBody({ ApproximateCreationDateTime: Number.NaN }), /CreationDateTime/],
    ['with a negative time', withBody({ ApproximateCreationDateTime: -1 }), /CreationDateTime/],
    ['with a time in milliseconds', withBody({ ApproximateCreationDateTime: 1_790_000_000_000 }), /CreationDateTime/],
  ];
  it.each(salvageable)('is one %s; its key is known all the same', (_, record, reason) => {
    expect(malformed(record)).toMatchObject({ index: 7, key: KEY, malformed: expect.stringMatching(reason) });
  });

  it('is described without its data', () => {
    const key = { PK: { S: 'USER#canary@example.com' } };
    for (const [, record] of [...hopeless, ...salvageable]) {
      const damaged = typeof record === 'object' && record !== null ? { ...record, canary: 'canary' } : record;
      expect(malformed(damaged).malformed).not.toContain('canary');
    }
    expect(malformed({ ...withBody({ Keys: key }), eventName: 'canary@example.com' }).malformed).not.toContain(
      'canary',
    );
  });
});

describe('the sequence number of a raw record', () => {
  it.each([
    ['is there', GOOD, '000000000000000000042'],
    ['is missing', withBody({ SequenceNumber: undefined }), undefined],
    ['is empty', withBody({ SequenceNumber: '' }), undefined],
    ['is not text', withBody({ SequenceNumber: 42 }), undefined],
    ['belongs to nothing', null, undefined],
  ])('is found where it %s', (_, record, sequence) => {
    expect(sequenceOf(record)).toBe(sequence);
  });
});

function withBody(changed: Record<string, unknown>) {
  return { ...GOOD, dynamodb: { ...GOOD.dynamodb, ...changed } };
}

function understood(record: unknown): Change {
  const change = readRecord(record, 7);
  if ('malformed' in change) throw new Error(change.malformed);
  return change;
}

function malformed(record: unknown): MalformedRecord {
  const read = readRecord(record, 7);
  if (!('malformed' in read)) throw new Error('the record was understood');
  return read;
}
