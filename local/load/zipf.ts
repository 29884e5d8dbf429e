/**
 * Picks from 0 to `count` - 1 as popularity goes by Zipf's law: the one at rank r with a weight of 1 / (r + 1)^exponent.
 *
 * @param exponent 0: all alike; about 1: as words, pages and products are asked for
 * @param random uniform in [0, 1)
 */
export function zipf(count: number, exponent: number, random: () => number): () => number {
  const upTo: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= count; rank++) {
    sum += rank ** -exponent;
    upTo.push(sum);
  }
  return () => {
    const sought = random() * sum;
    // Hundreds of keys: what a binary search saves here is not worth reading it.
    const found = upTo.findIndex((limit) => sought < limit);
    return found === -1 ? count - 1 : found;
  };
}
