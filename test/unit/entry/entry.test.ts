import { describe, expect, it } from 'vitest';
import { decodeEntry, type Entry, encodeEntry, newNonce } from '../../../shared/entry/entry.ts';
import { encodePayload } from '../../../shared/entry/payload.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const bytesOf = (entry: string): Uint8Array => new Uint8Array(Buffer.from(entry, 'utf8'));

const floor = { label: '2026-11-20T10:00:00.000', sequence: '000000123456789012345' };
const stamp = { nonce: '7f3a9c21d04be6aa', at: 1_790_000_000_123, floor } as const;
const filled: Entry = {
  ...stamp,
  kind: 'value',
  origin: { by: 'reader', readUntil: 1_790_000_000_131, itemVersion: 42n },
  payload: encodePayload({ username: 'alice', name: 'Zoë' }),
};

describe('an encoded entry', () => {
  it('is one readable header line and then the JSON of the value', () => {
    expect(text(encodeEntry(filled))).toBe(
      '1 value n=7f3a9c21d04be6aa at=1790000000123 by=reader to=1790000000131 ver=i:42 f=json len=34 ' +
        'v=2026-11-20T10:00:00.000/000000123456789012345\n{"username":"alice","name":"Zoë"}',
    );
  });

  it('of an absence written by the stream has no payload', () => {
    expect(text(encodeEntry({ ...stamp, kind: 'absent', origin: { by: 'stream' } }))).toBe(
      '1 absent n=7f3a9c21d04be6aa at=1790000000123 by=stream v=2026-11-20T10:00:00.000/000000123456789012345\n',
    );
  });

  it('of a tombstone with an unknown floor is a nonce, a time and a star', () => {
    expect(text(encodeEntry({ ...stamp, kind: 'tombstone', floor: 'unknown' }))).toBe(
      '1 tombstone n=7f3a9c21d04be6aa at=1790000000123 v=*\n',
    );
  });

  it.each<[string, Entry]>([
    ['a nonce of another form', { ...stamp, kind: 'tombstone', nonce: 'not a nonce' }],
    ['a time with a fraction', { ...stamp, kind: 'tombstone', at: 1.5 }],
    ['a time before 1970', { ...stamp, kind: 'tombstone', at: -1 }],
    ['a read that ended at no time', { ...stamp, kind: 'absent', origin: { by: 'reader', readUntil: Number.NaN } }],
    ['a sequence number that is not one', { ...stamp, kind: 'tombstone', floor: { label: 'x', sequence: '12a' } }],
    [
      'a version that cannot be compared',
      { ...stamp, kind: 'absent', origin: { by: 'reader', readUntil: 1, itemVersion: Number.NaN } },
    ],
  ])('is refused for %s, since it could not be read back', (_, entry) => {
    expect(() => encodeEntry(entry)).toThrow(TypeError);
  });
});

describe('a decoded entry', () => {
  it('is what was encoded', () => {
    expect(decodeEntry(encodeEntry(filled))).toEqual(filled);
  });

  it('keeps its payload as a view into the bytes that came from the cache', () => {
    const bytes = encodeEntry(filled);
    const entry = decodeEntry(bytes);
    expect(entry.kind === 'value' && entry.payload.body.buffer).toBe(bytes.buffer);
  });

  it('is found inside a larger buffer, as network clients return it', () => {
    const bytes = encodeEntry(filled);
    const larger = new Uint8Array(bytes.length + 20).fill(0x20);
    larger.set(bytes, 7);
    expect(decodeEntry(larger.subarray(7, 7 + bytes.length))).toEqual(filled);
  });

  it.each([42, 42n, '42', -7, 1.5, 2n ** 100n, 'a b\n=/%', '', '\ud800'])(
    'keeps the item version %o and its type',
    (itemVersion) => {
      const entry: Entry = { ...stamp, kind: 'absent', origin: { by: 'reader', readUntil: 5, itemVersion } };
      expect(decodeEntry(encodeEntry(entry))).toStrictEqual(entry);
    },
  );
});

const body = '{"a":1}';
const good = `1 value n=7f3a9c21d04be6aa at=1790000000123 by=stream f=json len=7 v=*\n${body}`;

describe('bytes that are not ours', () => {
  it('differ from these, which are', () => {
    expect(decodeEntry(bytesOf(good))).toMatchObject({ kind: 'value' });
  });

  it.each([
    ['nothing', ''],
    ['plain JSON', '{"username":"alice"}'],
    ['a later format', good.replace('1 value', '2 value')],
    ['a format whose number only begins like ours', good.replace('1 value', '12 value')],
    ['an unknown kind', good.replace('value', 'values')],
    ['a generation', '1 gen n=7f3a9c21d04be6aa at=1790000000123\n'],
    ['no line end', good.split('\n').join('')],
    ['no nonce', good.replace('n=7f3a9c21d04be6aa ', '')],
    ['a nonce in upper case', good.replace('7f3a9c21d04be6aa', '7F3A9C21D04BE6AA')],
    ['a field twice', good.replace('by=stream', 'by=stream by=stream')],
    ['a field that we do not know', good.replace('by=stream', 'by=stream x=1')],
    ['two spaces between fields', good.replace(' by=', '  by=')],
    ['a word at the end', good.replace('v=*\n', 'v=* x\n')],
    ['a space at the end', good.replace('v=*\n', 'v=* \n')],
    ['a time that is not decimal', good.replace('1790000000123', '0x1A')],
    ['an unknown origin', good.replace('by=stream', 'by=nobody')],
    ['a fill that does not say when it was read', good.replace('by=stream', 'by=reader')],
    ['a stream write with a version', good.replace('by=stream', 'by=stream ver=i:1')],
    ['a version without type', good.replace('by=stream', 'by=reader to=1 ver=42')],
    ['a version that is not a number', good.replace('by=stream', 'by=reader to=1 ver=n:Infinity')],
    ['an unknown payload format', good.replace('f=json', 'f=yaml')],
    ['a floor without sequence', good.replace('v=*', 'v=2026')],
    ['a floor with an empty sequence', good.replace('v=*', 'v=2026/')],
    ['a label with a stray percent sign', good.replace('v=*', 'v=%zz/1')],
    ['a truncated payload', good.slice(0, -1)],
    ['a payload with something behind it', `${good} `],
    ['a tombstone with something behind it', '1 tombstone n=7f3a9c21d04be6aa at=1790000000123 v=*\nx'],
    ['a tombstone that knows its origin', '1 tombstone n=7f3a9c21d04be6aa at=1790000000123 by=stream v=*\n'],
  ])('are told apart: %s', (_, bytes) => {
    const entry = decodeEntry(bytesOf(bytes));
    expect(entry).toEqual({ kind: 'foreign', reason: expect.stringMatching(/\w/) });
  });

  it('are told apart when the payload is not UTF-8', () => {
    const bytes = bytesOf(good);
    bytes[bytes.length - 3] = 0xff;
    expect(decodeEntry(bytes)).toEqual({ kind: 'foreign', reason: 'payload is not UTF-8' });
  });

  it('never find their way into the reason', () => {
    const reasons = ['1 secret', '1 value secret=1\n', '1 value n=secret\n', 'secret'].map((bytes) =>
      decodeEntry(bytesOf(bytes)),
    );
    expect(JSON.stringify(reasons)).not.toContain('secret');
  });
});

describe('a nonce', () => {
  it('is 16 hex digits and never the same twice, across several batches of randomness', () => {
    const nonces = Array.from({ length: 2_000 }, newNonce);
    expect(nonces.every((nonce) => /^[0-9a-f]{16}$/.test(nonce))).toBe(true);
    expect(new Set(nonces).size).toBe(2_000);
  });
});
