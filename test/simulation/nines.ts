/**
 * What a run without a violation shows: by the rule of three, with 95 % confidence at most 3 of N operations would
 * break a promise.
 *
 * @returns the share of operations that keep it, in nines: 3 for 99.9 %
 * @see https://en.wikipedia.org/wiki/Rule_of_three_(statistics)
 */
export function ninesOf(operations: number): number {
  return operations <= 3 ? 0 : -Math.log10(3 / operations);
}

/** `5.5 nines (99.99970 %)` */
export function describeNines(operations: number): string {
  const nines = ninesOf(operations);
  const percent = 100 * (1 - 3 / Math.max(3, operations));
  return `${nines.toFixed(1)} nines (${percent.toFixed(Math.max(0, Math.ceil(nines) - 1))} %)`;
}
