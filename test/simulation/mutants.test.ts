import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HARMLESS, MUTANTS } from './mutants/list.ts';
import { applyPatch, PatchFailure } from './mutants/patch.ts';
import { tryMutant } from './mutants/trial.ts';

/** More than any of them needs. */
const OPERATIONS = 3_000_000;

describe('a patch', () => {
  it.each([...MUTANTS, ...HARMLESS])('fits the code as it is: $name', ({ patches }) => {
    for (const patch of patches) {
      const source = readFileSync(new URL(`../../${patch.file}`, import.meta.url), 'utf8');

      expect(applyPatch(source, patch)).not.toBe(source);
    }
  });

  it('that fits nowhere, or twice, is an error', () => {
    const patch = { file: 'some.ts', find: 'a', replace: 'b' };

    expect(() => applyPatch('c', patch)).toThrow(PatchFailure);
    expect(() => applyPatch('a a', patch)).toThrow(PatchFailure);
    expect(applyPatch('c a', patch)).toBe('c b');
  });
});

describe('a broken protocol is caught', () => {
  it.each(MUTANTS)('$name', { timeout: 300_000 }, async ({ name, breaks }) => {
    const { broke, what } = await tryMutant(name, 'known', OPERATIONS);

    expect(breaks, what).toContain(broke);
  });
});

describe('a harmless variant breaks nothing', () => {
  it.each(HARMLESS)('$name', { timeout: 120_000 }, async ({ name }) => {
    const { broke, what } = await tryMutant(name, 'known', 20_000);

    expect(broke, what).toBeUndefined();
  });
});
