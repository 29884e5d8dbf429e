import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../cli/errors.ts';
import { collectionParams, entityParams } from '../../../cli/key-arguments.ts';
import { binary, collection, entity, hours, keyOf, number } from '../../../shared/index.ts';

const line = entity('line', {
  key: { PK: 'ORDER#{orderId}', line: number('line') },
  onChange: 'refresh',
  ttl: hours(1),
});
const blob = entity('blob', { key: { digest: binary('digest') }, onChange: 'refresh', ttl: hours(1) });
const free = entity('free', {
  key: keyOf({
    attributes: ['PK'],
    build: ({ id }: { id: string | number }) => ({ PK: id }),
    match: ({ PK }) => (typeof PK === 'string' ? { id: PK } : undefined),
  }),
  onChange: 'refresh',
  ttl: hours(1),
});

const orders = collection('orders', {
  of: line,
  by: () => [{ createdBy: 'alice', year: 2026 }],
  query: ({ createdBy, year }) => ({
    KeyConditionExpression: 'PK = :creator',
    ExpressionAttributeValues: { ':creator': `${createdBy.toUpperCase()}#${year}` },
  }),
  onChange: 'invalidate',
  ttl: hours(1),
});

describe('the parameters of an entity', () => {
  it('are of the types that the cache map says', () => {
    expect(entityParams(line, ['orderId=7', 'line=42'])).toEqual({ orderId: '7', line: 42 });
    expect(entityParams(line, ['orderId=7', 'line=90071992547409931'])).toMatchObject({ line: 90071992547409931n });
    expect(entityParams(blob, ['digest=AQID'])).toEqual({ digest: Buffer.from([1, 2, 3]) });
  });

  it('keep whatever stands behind the first equals sign', () => {
    expect(entityParams(line, ['orderId=a=b:=c ', 'line=1'])).toMatchObject({ orderId: 'a=b:=c ' });
  });

  it('are text where only a function knows, or numbers where they are typed as such', () => {
    expect(entityParams(free, ['id=7'])).toEqual({ id: '7' });
    expect(entityParams(free, ['id:=7'])).toEqual({ id: 7 });
  });

  it.each([
    [['orderId'], /"orderId" is not a parameter: give name=value/],
    [['=7'], /is not a parameter/],
    [['orderId=7', 'orderId=8'], /"orderId" is given twice/],
    [['order=7'], /The key of line has no parameter "order": it has orderId, line/],
    [['line=many'], /The parameter "line" takes a number/],
  ])('are refused in one sentence: %j', (words, sentence) => {
    expect(() => entityParams(line, words)).toThrow(UsageError);
    expect(() => entityParams(line, words)).toThrow(sentence);
  });
});

describe('the parameters of a collection', () => {
  it('are text, or numbers where they are typed as such', () => {
    expect(collectionParams(orders, ['createdBy=alice', 'year:=2026'])).toEqual({ createdBy: 'alice', year: 2026 });
  });

  it.each([
    [
      'its query does not read',
      ['createdby=alice', 'year:=2026'],
      'reads no parameter "createdby": it reads createdBy, year',
    ],
    ['its query reads, and that is missing', ['createdBy=alice'], 'reads the parameter "year": give year=value'],
    ['its query throws for', ['year:=2026'], 'reads the parameter "createdBy"'],
  ])('are refused for one that %s', (_, words, sentence) => {
    expect(() => collectionParams(orders, words)).toThrow(UsageError);
    expect(() => collectionParams(orders, words)).toThrow(sentence);
  });
});
