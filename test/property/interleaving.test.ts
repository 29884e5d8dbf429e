import fc from 'fast-check';
import { expect, it } from 'vitest';
import { play, scripts } from './one-key-world.ts';

/** More in a long hunt: `INTERLEAVINGS=500000 npx vitest run test/property/interleaving.test.ts`. */
const RUNS = Number(process.env.INTERLEAVINGS ?? 6_000);

it('keeps both guarantees for one item under any interleaving of readers, writes and the stream', {
  timeout: RUNS * 20,
}, async () => {
  await fc.assert(
    fc.asyncProperty(scripts, fc.scheduler(), async (script, scheduler) => {
      expect(await play(script, scheduler)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});
