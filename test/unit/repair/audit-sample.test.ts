import { describe, expect, it } from 'vitest';
import { NumberValue } from '../../../shared/index.ts';
import {
  type AuditSample,
  decodeSample,
  encodeSample,
  MalformedSampleError,
} from '../../../shared/repair/audit-sample.ts';

const suspicion = { nonce: '7f3a9c21d04be6aa', table: 'absent', looks: 2 };

describe('a sample', () => {
  it.each<[string, AuditSample]>([
    ['of text', { entity: 'user', primaryKey: { PK: 'USER#ä', SK: '"\uFFFF\u0000' } }],
    ['of numbers and binaries', { entity: 'e', primaryKey: { PK: 12, SK: new Uint8Array([0, 255]) } }],
    ['of a number that no double holds', { entity: 'e', primaryKey: { PK: 2n ** 70n } }],
    [
      'of a fraction that no double holds',
      { entity: 'e', primaryKey: { PK: NumberValue.from('0.12345678901234567') } },
    ],
    ['that is suspicious', { entity: 'user', primaryKey: { PK: 'a' }, suspicion }],
  ])('comes out of the queue as it went in: %s', (_, sample) => {
    expect(decodeSample(encodeSample(sample))).toEqual(sample);
  });
});

describe('another message', () => {
  const good = JSON.parse(encodeSample({ entity: 'user', primaryKey: { PK: 'a' }, suspicion }));

  it.each([
    ['no JSON', 'canary'],
    ['a list', '[]'],
    ['no entity', JSON.stringify({ ...good, entity: undefined })],
    ['no key', JSON.stringify({ ...good, key: undefined })],
    ['another format', JSON.stringify({ ...good, format: 'xml' })],
    ['a key that is no JSON', JSON.stringify({ ...good, key: 'canary' })],
    ['a key that is a list', JSON.stringify({ ...good, key: '["canary"]' })],
    ['a key without attributes', JSON.stringify({ ...good, key: '{}' })],
    ['a key of a type that keys do not have', JSON.stringify({ ...good, key: '{"PK":true}' })],
    ['half a suspicion', JSON.stringify({ ...good, suspicion: { nonce: 'n', looks: 1 } })],
    ['a suspicion that is none', JSON.stringify({ ...good, suspicion: 'canary' })],
  ])('is malformed, and not quoted: %s', (_, text) => {
    expect(() => decodeSample(text)).toThrow(MalformedSampleError);
    expect(() => decodeSample(text)).not.toThrow(/canary/);
  });
});
