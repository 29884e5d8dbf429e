/** Uniform in [0, 1). Mulberry32: small, repeatable by its seed, and good enough for deciding which calls fail and which keys are read. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Makes a draw of a uniform number in [0, 1): from 0 to `count` - 1 as popularity goes by Zipf's law, the one at rank r
 * with a weight of 1 / (r + 1)^exponent.
 *
 * @param exponent 0: all alike; about 1: as words, pages and products are asked for
 */
export function zipf(count: number, exponent: number): (unit: number) => number {
  const upTo: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= count; rank += 1) {
    sum += rank ** -exponent;
    upTo.push(sum);
  }
  return (unit) => {
    const target = unit * sum;
    let low = 0;
    for (let high = count - 1; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((upTo[middle] ?? sum) <= target) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
