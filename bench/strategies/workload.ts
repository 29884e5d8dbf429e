import { Random } from '../../test/simulation/engine/random.ts';
import type { Scenario } from './scenario.ts';

/** What somebody asks for. Whether a write inserts or replaces is up to what is there when it arrives. */
export type Request =
  | { readonly kind: 'item'; readonly at: number; readonly item: number }
  | { readonly kind: 'list'; readonly at: number; readonly list: number }
  | { readonly kind: 'write'; readonly at: number; readonly item: number; readonly removes: boolean };

/** All requests of a scenario, in the order of their times (milliseconds from the beginning): the same for every design. */
export function* requestsOf(scenario: Scenario): Generator<Request> {
  const { seed, requestsPerSecond, warmUp, duration, writeShare, removeShare, listShare } = scenario;
  const random = new Random(seed);
  const items = zipf(scenario.items, scenario.zipf);
  const lists = zipf(scenario.lists, scenario.zipf);
  const end = warmUp + duration;
  for (let at = 0; ; ) {
    at -= (1_000 / requestsPerSecond) * Math.log(1 - random.unit());
    if (at >= end) return;
    if (random.chance(writeShare)) {
      yield { kind: 'write', at, item: items(random.unit()), removes: random.chance(removeShare) };
    } else if (random.chance(listShare)) {
      yield { kind: 'list', at, list: lists(random.unit()) };
    } else {
      yield { kind: 'item', at, item: items(random.unit()) };
    }
  }
}

/** Makes a draw from Zipf's distribution over 0 to `count` - 1 of a uniform one. */
function zipf(count: number, exponent: number): (unit: number) => number {
  const upTo: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= count; rank++) {
    sum += rank ** -exponent;
    upTo.push(sum);
  }
  return (unit) => {
    const target = unit * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] ?? sum) <= target) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
