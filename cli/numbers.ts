import { InvalidArgumentError } from 'commander';
import { MOST_SIDE_BY_SIDE } from '../shared/scan/segments.ts';

/** A number of things, from an option. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError('Give a whole number from 1.');
}

/** A number of segments that are read side by side, from an option. */
export function segmentCount(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= MOST_SIDE_BY_SIDE) return number;
  throw new InvalidArgumentError(`Give a whole number from 1 to ${MOST_SIDE_BY_SIDE}.`);
}

/** A number above zero, from an option. */
export function positiveNumber(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('Give a number above 0.');
}

/** A share, from an option: `5%` is 0.05. */
export function share(text: string): number {
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
  const value = Number(percent) / 100;
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('Give a share such as 1% or 50%.');
}
