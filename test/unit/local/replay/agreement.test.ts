import { describe, expect, it } from 'vitest';
import { type Answer, compare, type Expectation, projected } from '../../../../local/replay/agreement.ts';

const answer = (outcome: 'hit' | 'absent' | 'miss' | 'bypass', value?: unknown): Answer => ({
  kind: 'answer',
  outcome,
  value,
});
const value = (of: unknown): Expectation => ({ kind: 'value', value: of });
const NO_ANSWER: Answer = { kind: 'no-answer', outcome: 'miss' };
const agrees = (given: Answer, ...acceptable: Expectation[]): boolean =>
  compare(given, acceptable).difference === undefined;

describe('an answer of the cache', () => {
  it('agrees with the value that the events imply', () => {
    expect(agrees(answer('hit', { a: new Set([1]), b: [1n] }), value({ a: new Set([1]), b: [1n] }))).toBe(true);
    expect(agrees(answer('hit', { a: 1 }), value({ a: 2 }))).toBe(false);
    expect(agrees(answer('hit', { a: 1 }), value({ a: 1n }))).toBe(false);
  });

  it('agrees with a value whose undefined properties were not stored, anywhere in it', () => {
    expect(agrees(answer('hit', { list: [{ a: 1 }] }), value({ list: [{ a: 1, b: undefined }], c: undefined }))).toBe(
      true,
    );
  });

  it('tells an attribute named __proto__ from one that is missing', () => {
    expect(agrees(answer('hit', {}), value(JSON.parse('{"__proto__": 1}')))).toBe(false);
  });

  it('agrees with an absence only by saying that there is nothing', () => {
    expect(agrees(answer('absent'), { kind: 'absent' })).toBe(true);
    expect(agrees(answer('hit', { a: 1 }), { kind: 'absent' })).toBe(false);
    expect(agrees(answer('absent'), value({ a: 1 }))).toBe(false);
  });

  it('must claim nothing where the events cannot tell, or where the projection throws', () => {
    for (const nothing of [{ kind: 'unknown' }, { kind: 'throws' }] as const) {
      expect(agrees(NO_ANSWER, nothing)).toBe(true);
      expect(agrees(answer('hit', { a: 1 }), nothing)).toBe(false);
      expect(agrees(answer('absent'), nothing)).toBe(false);
    }
  });

  it('may show any state between what was delivered and what has happened', () => {
    expect(agrees(answer('hit', 1), value(1), value(2))).toBe(true);
    expect(agrees(answer('hit', 2), value(1), value(2))).toBe(true);
    expect(agrees(answer('hit', 3), value(1), value(2))).toBe(false);
  });

  it('never agrees when the cache was not asked', () => {
    expect(agrees(answer('bypass', 1), value(1))).toBe(false);
  });

  it('that does not agree is shown beside what the events imply', () => {
    expect(compare(answer('hit', { a: 1 }), [value({ a: 2 })])).toEqual({
      implied: 'value',
      difference: {
        problem: 'the cache holds a value, the events imply another value',
        answered: '{"a":1}',
        implied: '{"a":2}',
      },
    });
  });
});

describe('a projection', () => {
  it('that throws implies no value', () => {
    const throwing = (): never => {
      throw new TypeError('no such attribute');
    };

    expect(projected(throwing)).toEqual({ kind: 'throws' });
  });
});
