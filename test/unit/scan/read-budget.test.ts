import { expect, it } from 'vitest';
import { createReadBudget } from '../../../shared/scan/read-budget.ts';
import { milliseconds, seconds } from '../../../shared/time.ts';
import { createTestClock } from '../../support/clock.ts';

const never = new AbortController().signal;

function budgetOf(unitsPerSecond: number) {
  const clock = createTestClock();
  const waits: number[] = [];
  const wait = async (ms: number) => {
    waits.push(ms);
    clock.advance(milliseconds(ms));
  };
  return { clock, waits, budget: createReadBudget({ unitsPerSecond, clock, wait }) };
}

it('holds its rate over many reads', async () => {
  const { clock, budget } = budgetOf(100);
  const begin = clock.monotonic();
  for (let read = 0; read < 200; read++) {
    await budget.ready(never);
    budget.spend(25);
  }

  expect(budget.spent()).toBe(5_000);
  // The first second's worth is there at the beginning, and what the last read cost need not have been earned yet.
  expect(clock.monotonic() - begin).toBe(seconds((5_000 - 100 - 25) / 100));
});

it('lets the next read wait until what the one before it cost has been earned', async () => {
  const { waits, budget } = budgetOf(100);
  budget.spend(350);
  await budget.ready(never);

  expect(waits).toEqual([2_500]);
});

it('does not save up what was not used', async () => {
  const { clock, waits, budget } = budgetOf(100);
  clock.advance(seconds(60));
  budget.spend(200);
  await budget.ready(never);

  expect(waits).toEqual([1_000]);
});

it('stops waiting when it is told to end', async () => {
  const budget = createReadBudget({ unitsPerSecond: 1 });
  budget.spend(3_600);
  const controller = new AbortController();
  const waiting = budget.ready(controller.signal);
  controller.abort();

  await expect(waiting).resolves.toBeUndefined();
});
