import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';

/** The SDK's number of any precision: its text. (`@aws-sdk/util-dynamodb` exports the class under another name.) */
export { NumberValue };

/** A DynamoDB number as JavaScript holds it without losing a digit. */
export type ExactNumber = number | bigint | NumberValue;

/** The JavaScript type of an {@link ExactNumber}. */
export type NumberKind = 'number' | 'bigint' | 'NumberValue';

export function kindOf(value: ExactNumber): NumberKind {
  if (typeof value === 'number') return 'number';
  return typeof value === 'bigint' ? 'bigint' : 'NumberValue';
}

/** Whether a text is a decimal number as DynamoDB and JSON both write it. */
export const isDecimal = (text: string): boolean => DECIMAL.test(text);

/**
 * The number that a decimal text stands for, in the plainest type that keeps it: `number` where printing the double
 * gives the same decimal value back, else `bigint` for an integer, else `NumberValue` with the text.
 *
 * @returns `undefined` for a text that is not a decimal number
 */
export function numberFrom(text: string): ExactNumber | undefined {
  const double = Number(text);
  if (String(double) === text && Number.isFinite(double)) return double;

  const decimal = decimalOf(text);
  if (decimal === undefined) return undefined;
  if (decimal.digits === '') return 0; // DynamoDB has no negative zero
  const printed = decimalOf(String(double));
  if (printed?.digits === decimal.digits && printed.exponent === decimal.exponent) return double;
  if (decimal.exponent >= 0 && decimal.digits.length + decimal.exponent <= LONGEST_INTEGER) {
    return BigInt(`${decimal.sign}${decimal.digits}${'0'.repeat(decimal.exponent)}`);
  }
  return NumberValue.from(text);
}

const DECIMAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Digits of the greatest number that DynamoDB stores, 9.99…E+125. Bounds what an exponent can make us allocate. */
const LONGEST_INTEGER = 126;

/** sign · digits × 10^exponent, where the digits neither begin nor end with a zero: equal values have equal parts. */
function decimalOf(text: string): { sign: string; digits: string; exponent: number } | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const written = whole + fraction;
  let end = written.length;
  while (end > 0 && written.charCodeAt(end - 1) === ZERO) end--;
  let start = 0;
  while (start < end && written.charCodeAt(start) === ZERO) start++;
  return {
    sign,
    digits: written.slice(start, end),
    exponent: Number(exponent) - fraction.length + (written.length - end),
  };
}

const ZERO = 48;
