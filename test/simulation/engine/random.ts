/**
 * A small, fast generator of pseudo-random numbers (sfc32, by Chris Doty-Humphrey, from PractRand), seeded through
 * splitmix32. The simulator owns every draw, so that a seed says everything about a run.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    let state = seed >>> 0;
    const mixed = (): number => {
      state = (state + 0x9e3779b9) >>> 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) >>> 0;
    };
    this.#a = mixed();
    this.#b = mixed();
    this.#c = mixed();
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 32 random bits. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  readonly unit = (): number => this.bits() / 0x1_0000_0000;

  chance(probability: number): boolean {
    return probability > 0 && this.unit() < probability;
  }

  /** A whole number from 0 up to but not including `limit`. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }

  between(low: number, high: number): number {
    return low + this.unit() * (high - low);
  }

  /** Like {@link between}, with every order of magnitude as likely as the next. */
  logBetween(low: number, high: number): number {
    return low * (high / low) ** this.unit();
  }

  pick<Element>(elements: readonly [Element, ...Element[]]): Element {
    return elements[this.below(elements.length)] ?? elements[0];
  }

  /** A generator of its own, whose draws do not disturb this one's. */
  fork(): Random {
    return new Random(this.bits());
  }
}
