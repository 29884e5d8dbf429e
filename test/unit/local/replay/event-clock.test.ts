import { describe, expect, it } from 'vitest';
import { createEventClock, wallClock } from '../../../../local/replay/event-clock.ts';

const START = Date.UTC(2026, 10, 20, 10);

describe('event clock', () => {
  it('stands still until it is moved, so that every run decides alike', async () => {
    const clock = createEventClock(START);
    const before = clock.now();
    await new Promise((resolve) => setTimeout(resolve, 5));

    expect(clock.now()).toBe(before);
    expect(clock.now()).toBe(START);
  });

  it('moves ahead to a moment', () => {
    const clock = createEventClock(START);
    clock.moveTo(START + 5_000);

    expect(clock.now()).toBe(START + 5_000);
  });

  it('is never set back: old events that come after newer ones are late', () => {
    const clock = createEventClock(START);
    clock.moveTo(START + 5_000);
    clock.moveTo(START + 1_000);

    expect(clock.now()).toBe(START + 5_000);
  });

  it('tells whole milliseconds, which are all that an entry can hold', () => {
    const clock = createEventClock(START);
    clock.moveTo(START + 0.4 + 1_000);

    expect(clock.now()).toBe(START + 1_000);
  });

  it('measures deadlines by the machine, whatever the events do', async () => {
    const clock = createEventClock(START);
    const before = clock.monotonic();
    await new Promise((resolve) => setTimeout(resolve, 5));

    expect(clock.monotonic()).toBeGreaterThan(before);
  });
});

describe('wall clock', () => {
  it('cannot be moved', () => {
    wallClock.moveTo(Date.now() + 3_600_000);

    expect(Math.abs(wallClock.now() - Date.now())).toBeLessThan(60_000);
  });
});
