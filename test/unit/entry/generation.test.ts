import { describe, expect, it } from 'vitest';
import {
  decodeGeneration,
  decodePage,
  encodeGeneration,
  encodePage,
  type Page,
} from '../../../shared/entry/generation.ts';
import { encodePayload } from '../../../shared/entry/payload.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

const generation = { nonce: '7f3a9c21d04be6aa', at: 1_790_000_000_123 };
const page: Page = {
  generation: generation.nonce,
  epoch: '00112233445566ff',
  at: 1_790_000_000_125,
  cursor: '{"PK":"a b"}\n',
  payload: encodePayload([{ orderId: '1' }]),
};

describe('a generation', () => {
  it('is one readable line', () => {
    expect(text(encodeGeneration(generation))).toBe('1 gen n=7f3a9c21d04be6aa at=1790000000123\n');
  });

  it('is read back', () => {
    expect(decodeGeneration(encodeGeneration(generation))).toEqual(generation);
  });

  it('is not read from a page, nor from a cut line', () => {
    expect(decodeGeneration(encodePage(page))).toMatchObject({ kind: 'foreign' });
    expect(decodeGeneration(encodeGeneration(generation).subarray(0, -1))).toMatchObject({ kind: 'foreign' });
  });

  it('is refused with a nonce that could not be read back', () => {
    expect(() => encodeGeneration({ nonce: 'x', at: 1 })).toThrow(TypeError);
  });
});

describe('a page', () => {
  it('names its generation and epoch and carries the continuation as one word', () => {
    expect(text(encodePage(page))).toBe(
      '1 page g=7f3a9c21d04be6aa e=00112233445566ff at=1790000000125 c=%7B%22PK%22:%22a%20b%22%7D%0A f=json len=17\n' +
        '[{"orderId":"1"}]',
    );
  });

  it('is read back, with a continuation, an empty one, and on the last page without', () => {
    const { cursor: _, ...last } = page;
    for (const each of [page, { ...page, cursor: '' }, last]) expect(decodePage(encodePage(each))).toStrictEqual(each);
  });

  it('is not read from a generation, nor from a cut payload', () => {
    expect(decodePage(encodeGeneration(generation))).toMatchObject({ kind: 'foreign' });
    expect(decodePage(encodePage(page).subarray(0, -1))).toMatchObject({ kind: 'foreign' });
  });
});
