import fc from 'fast-check';
import { expect, it } from 'vitest';
import { play, scripts } from './one-key-world.ts';
import { byPriority, inRandomOrder, type Steps } from './steps.ts';

/** More in a long hunt: `INTERLEAVINGS=500000 npx vitest run test/property/interleaving.test.ts`. */
const RUNS = Number(process.env.INTERLEAVINGS ?? 5_000);

it.each<[string, fc.Arbitrary<Steps>]>([
  ['any interleaving', inRandomOrder],
  ['interleavings in which somebody stops at the worst of times', byPriority],
])('both guarantees hold for one item under %s', { timeout: RUNS * 20 }, async (_, orders) => {
  await fc.assert(
    fc.asyncProperty(scripts, orders, async (script, steps) => {
      expect(await play(script, steps)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});
