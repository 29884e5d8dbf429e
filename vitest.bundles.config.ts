import { defineConfig } from 'vitest/config';

/** What runs on the built bundles: after `npm run build`, and apart from `npm test`, which needs no build. */
export default defineConfig({
  test: {
    include: ['test/bundles/**/*.check.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Each test waits for a process of its own; two cores are what a CI machine has.
    sequence: { concurrent: true },
    maxConcurrency: 2,
  },
});
