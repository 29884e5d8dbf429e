import { isDeepStrictEqual } from 'node:util';
import { isPlainObject } from '../../shared/entry/attribute.ts';
import { encodePayload, payloadToJson } from '../../shared/entry/payload.ts';
import type { ReadOutcome } from '../../shared/read/outcome.ts';
import type { Difference, Implied } from './report.ts';

/** What the events imply for an entry or a page; `throws`: the user's own code throws for it. */
export type Expectation =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'throws' };

/** What the reader said. `no-answer`: the cache did not know, and the table or the user's code threw. */
export type Answer =
  | { readonly kind: 'answer'; readonly outcome: ReadOutcome; readonly value: unknown }
  | { readonly kind: 'no-answer'; readonly outcome: 'miss' };

/** Whether an answer agrees with the events. */
export interface Agreement {
  readonly implied: Implied;
  readonly difference: Difference | undefined;
}

/**
 * Compares an answer with what the events imply. Where they cannot tell, the cache must not claim anything.
 *
 * @param acceptable what may be shown; the newest last. More than one while events are on their way.
 */
export function compare(answer: Answer, acceptable: readonly Expectation[]): Agreement {
  const newest = acceptable.at(-1) ?? UNKNOWN;
  const agrees = answer.outcome !== 'bypass' && acceptable.some((expected) => isAnsweredBy(answer, expected));
  return { implied: newest.kind, difference: agrees ? undefined : differenceOf(answer, newest) };
}

/** What the user's projection makes of something; what it throws for has no value that could be expected. */
export function projected(project: () => unknown): Expectation {
  try {
    return { kind: 'value', value: project() };
  } catch {
    return { kind: 'throws' };
  }
}

const UNKNOWN: Expectation = { kind: 'unknown' };

function isAnsweredBy(answer: Answer, expected: Expectation): boolean {
  switch (expected.kind) {
    case 'value':
      return answer.kind === 'answer' && isSame(answer.value, expected.value);
    case 'absent':
      return answer.kind === 'answer' && answer.value === undefined;
    case 'unknown':
    case 'throws':
      return answer.kind === 'no-answer';
  }
}

/** As both survive storage: properties that are `undefined` are left out, and there is one zero. */
const isSame = (a: unknown, b: unknown): boolean => isDeepStrictEqual(stored(a), stored(b));

function stored(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(stored);
  if (typeof value !== 'object' || value === null || !isPlainObject(value)) return value;
  // A map keeps names like `__proto__` apart from what an object inherits.
  return new Map(
    Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, stored(member)]])),
  );
}

function differenceOf(answer: Answer, expected: Expectation): Difference {
  const claim = {
    hit: 'the cache holds a value',
    absent: 'the cache says that it is absent',
    miss: 'the cache was filled from the table',
    bypass: 'the cache did not answer',
  };
  const truth = {
    value: 'imply another value',
    absent: 'imply that it is absent',
    unknown: 'do not tell',
    throws: 'imply a value that the projection throws for',
  };
  const implies = expected.kind === 'value' && answer.outcome !== 'hit' ? 'imply a value' : truth[expected.kind];
  return {
    problem: `${claim[answer.outcome]}, the events ${implies}`,
    answered: answer.kind === 'answer' ? jsonText(answer.value) : undefined,
    implied: expected.kind === 'value' ? jsonText(expected.value) : undefined,
  };
}

function jsonText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  try {
    return payloadToJson(encodePayload(value));
  } catch {
    return undefined;
  }
}
