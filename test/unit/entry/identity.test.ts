import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEntry, newNonce } from '../../../shared/entry/entry.ts';
import { identityLength } from '../../../shared/entry/identity.ts';
import { bytes, text } from '../../support/keys.ts';

describe('the part of a stored value that tells it from others', () => {
  const value = (nonce: string, body: string) =>
    encodeEntry({
      kind: 'value',
      nonce,
      at: 1_790_000_000_123,
      origin: { by: 'stream' },
      floor: 'unknown',
      payload: { format: 'json', body: bytes(body) },
    });

  it('is the header line of an entry, however long its payload is', () => {
    const entry = value(newNonce(), `"${'x'.repeat(100_000)}"`);

    expect(text(entry.subarray(0, identityLength(entry)))).toMatch(/^1 value n=.*\n$/);
    expect(identityLength(entry)).toBeLessThan(200);
  });

  it('differs between any two writes of the same value', () => {
    const [first, second] = [value(newNonce(), '{}'), value(newNonce(), '{}')];

    expect(text(first.subarray(0, identityLength(first)))).not.toBe(text(second.subarray(0, identityLength(second))));
  });

  it('is the whole of an entry that is nothing but a header', () => {
    const tombstone = encodeEntry({ kind: 'tombstone', nonce: newNonce(), at: 1, floor: 'unknown' });

    expect(identityLength(tombstone)).toBe(tombstone.length);
  });

  it('is everything where there is no nonce to rely on', () => {
    for (const foreign of [
      '',
      'plain',
      '{"a":1}\n{"b":2}',
      '2 value n=7f3a9c21d04be6aa at=1\nx',
      '1 value n=7f3a at=1\nx',
    ]) {
      expect(identityLength(bytes(foreign)), foreign).toBe(foreign.length);
    }
  });

  it('never exceeds the bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
        expect(identityLength(any)).toBeLessThanOrEqual(any.length);
      }),
    );
  });
});
