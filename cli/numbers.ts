import { InvalidArgumentError } from 'commander';

/** A number of things, from an option. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError('Give a whole number from 1.');
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
