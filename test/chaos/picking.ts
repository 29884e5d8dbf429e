import type { Random } from '../simulation/engine/random.ts';

/** One element, each as likely as any other. */
export const anyOf = <Element>(elements: readonly Element[], random: Random): Element =>
  at(elements, random.below(elements.length));

/** One element, the first ones much more often than the last: what is written and read at once is where races are. */
export const favouriteOf = <Element>(elements: readonly Element[], random: Random): Element =>
  at(elements, Math.floor(random.unit() ** 2 * elements.length));

function at<Element>(elements: readonly Element[], index: number): Element {
  const element = elements[index];
  if (element === undefined) throw new Error('there is nothing to pick from');
  return element;
}
