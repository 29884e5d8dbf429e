import { describe, expect, it } from 'vitest';
import { explore } from './exhaustive/explore.ts';
import { QUICK_SCOPES } from './exhaustive/scopes.ts';

describe('every interleaving of a small scope', () => {
  it.each(QUICK_SCOPES)('keeps the guarantees: $name', { timeout: 120_000 }, async (scope) => {
    const { violation, states, schedules, rests } = await explore(scope);

    expect(violation).toBeUndefined();
    expect(states).toBeGreaterThan(900);
    expect(schedules).toBeGreaterThan(700);
    expect(rests).toBeGreaterThan(0);
  });

  it('says so when it is ended before everything was tried', async () => {
    const [scope] = QUICK_SCOPES;
    if (scope === undefined) throw new Error('there are scopes');
    let asked = 0;
    const { isComplete, schedules, violation } = await explore(scope, { isOver: () => ++asked > 100 });

    expect({ isComplete, schedules, violation }).toEqual({ isComplete: false, schedules: 100, violation: undefined });
    expect((await explore(scope)).isComplete).toBe(true);
  });

  it('comes to the same states each time', { timeout: 60_000 }, async () => {
    const [scope] = QUICK_SCOPES;
    if (scope === undefined) throw new Error('there are scopes');
    const [once, again] = [await explore(scope), await explore(scope)];

    expect({ ...again, took: 0 }).toEqual({ ...once, took: 0 });
  });
});
