import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEntry, type Entry, encodeEntry } from '../../shared/entry/entry.ts';
import {
  decodeGeneration,
  decodePage,
  encodeGeneration,
  encodePage,
  type Page,
} from '../../shared/entry/generation.ts';
import { decodePayload, encodePayload } from '../../shared/entry/payload.ts';

/** Any UTF-16, lone surrogates included: more than DynamoDB holds, all of what JavaScript can be handed. */
const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
/** Plain objects, as decoding returns them. */
const record = <Model>(model: { [Name in keyof Model]: fc.Arbitrary<Model[Name]> }): fc.Arbitrary<Model> =>
  fc.record<Model>(model, { noNullPrototype: true });

const nonce = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 16, maxLength: 16 });
const time = fc.maxSafeNat();
const floor = fc.oneof(
  fc.constant('unknown' as const),
  record({
    label: fc.oneof(anyText, fc.constant('*'), fc.constant('2026-11-20T10:00:00.000')),
    sequence: fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 40 }),
  }),
);
const origin = fc.oneof(
  fc.constant({ by: 'stream' as const }),
  record({ by: fc.constant('reader' as const), readUntil: time }),
  record({
    by: fc.constant('reader' as const),
    readUntil: time,
    // Numbers in the header come back through text, which has no -0.
    itemVersion: fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
      fc.bigInt(),
      anyText,
    ),
  }),
);
const payload = fc.jsonValue().map(encodePayload);
const entry: fc.Arbitrary<Entry> = fc.oneof(
  record({ kind: fc.constant('value' as const), nonce, at: time, floor, origin, payload }),
  record({ kind: fc.constant('absent' as const), nonce, at: time, floor, origin }),
  record({ kind: fc.constant('tombstone' as const), nonce, at: time, floor }),
);
const page: fc.Arbitrary<Page> = fc.record(
  { generation: nonce, epoch: nonce, at: time, cursor: anyText, payload },
  { noNullPrototype: true, requiredKeys: ['generation', 'epoch', 'at', 'payload'] },
);
const generation = record({ nonce, at: time });

const headerOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, bytes.indexOf(0x0a))).toString('latin1');

describe('any entry', () => {
  it('comes back from its bytes', () => {
    fc.assert(
      fc.property(entry, (each) => {
        expect(decodeEntry(encodeEntry(each))).toStrictEqual(each);
      }),
    );
  });

  it('has one header line of printable ASCII, whatever label, version or cursor it holds', () => {
    const bytes = fc.oneof(entry.map(encodeEntry), page.map(encodePage), generation.map(encodeGeneration));
    fc.assert(
      fc.property(bytes, (each) => {
        expect(headerOf(each)).toMatch(/^1 [!-~ ]+[!-~]$/);
      }),
    );
  });

  it('is not ours once it is cut anywhere', () => {
    fc.assert(
      fc.property(entry.map(encodeEntry), fc.nat(), (bytes, at) => {
        expect(decodeEntry(bytes.subarray(0, at % bytes.length)).kind).toBe('foreign');
      }),
    );
  });

  it('with one byte changed is another entry or not ours, and its payload decodes or is corrupt: never another error', () => {
    fc.assert(
      fc.property(entry.map(encodeEntry), fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, flip) => {
        const position = at % bytes.length;
        const changed = bytes.map((byte, index) => (index === position ? byte ^ flip : byte));
        expect(outcomeOf(changed)).toMatch(/^(value|absent|tombstone|foreign|corrupt)$/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('any generation and page', () => {
  it('come back from their bytes', () => {
    fc.assert(
      fc.property(generation, (each) => {
        expect(decodeGeneration(encodeGeneration(each))).toEqual(each);
      }),
    );
    fc.assert(
      fc.property(page, (each) => {
        expect(decodePage(encodePage(each))).toEqual(each);
      }),
    );
  });
});

describe('random bytes', () => {
  const words = fc.constantFrom(
    '1 ',
    'value',
    ' n=7f3a9c21d04be6aa',
    ' at=1',
    ' by=',
    'reader',
    ' to=2',
    ' v=*',
    '\n',
    '%',
    ' len=0',
    ' f=json',
  );
  const nearly = fc.array(words).map((parts) => new Uint8Array(Buffer.from(parts.join(''))));

  it('are not ours, and never an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), nearly), (bytes) => {
        for (const decode of [decodeEntry, decodeGeneration, decodePage]) {
          const decoded = decode(bytes);
          // What happens to be readable must be what those bytes say.
          if ('reason' in decoded) expect(decoded.reason).not.toBe('');
          else expect(headerOf(bytes)).toMatch(/^1 value n=7f3a9c21d04be6aa at=1 by=reader to=2 f=json len=0 v=\*$/);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

function outcomeOf(bytes: Uint8Array): string {
  const decoded = decodeEntry(bytes);
  if (decoded.kind !== 'value') return decoded.kind;
  try {
    decodePayload(decoded.payload);
    return decoded.kind;
  } catch (error) {
    return error instanceof Error && error.name === 'CorruptPayloadError' ? 'corrupt' : String(error);
  }
}
