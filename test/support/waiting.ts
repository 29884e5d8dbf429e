import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyCollection } from '../../shared/map/collection.ts';
import { CLOCK_MARGIN, settlingTime } from '../../shared/protocol.ts';
import { seconds } from '../../shared/time.ts';

/**
 * Asks until an answer fits.
 *
 * @returns all answers, the one that fits last: what was seen on the way matters as much
 * @throws {Error} when none fits within the time
 */
export async function answersUntil<Answer>(
  ask: () => Promise<Answer>,
  fits: (answer: Answer) => boolean,
  within = seconds(20),
): Promise<Answer[]> {
  const deadline = performance.now() + within;
  const answers: Answer[] = [];
  for (;;) {
    const answer = await ask();
    answers.push(answer);
    if (fits(answer)) return answers;
    if (performance.now() > deadline) {
      throw new Error(`no answer fits within ${within / 1_000} s; the last one is ${JSON.stringify(answer)}`);
    }
    await sleep(PAUSE_MS);
  }
}

/** Asks until an answer fits, and answers that one. */
export async function answerThat<Answer>(...asked: Parameters<typeof answersUntil<Answer>>): Promise<Answer> {
  const answer = (await answersUntil(...asked)).at(-1);
  if (answer === undefined) throw new Error('there is always a last answer');
  return answer;
}

/** Where answers came from, without repetitions. */
export const outcomes = (answers: readonly { readonly cache: string | null }[]): (string | null)[] =>
  answers.map(({ cache }) => cache).filter((cache, i, all) => cache !== all[i - 1]);

/**
 * Waits until a change that is made now is later than every fill before, whatever the clocks: an event's time is
 * rounded down to the second, and has to be later than the fill by more than the clock margin.
 */
export const untilClocksAgree = (): Promise<void> => sleep(CLOCK_MARGIN + seconds(1) + 50);

/** Waits until the pages of a collection may be stored again after a change that is applied. */
export const untilSettled = ({ settle }: AnyCollection): Promise<void> => sleep(settlingTime(settle) + 50);

const PAUSE_MS = 50;
