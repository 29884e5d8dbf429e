import { zipf } from '../../local/random.ts';
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
