import { DEFAULT_SCENARIO, type Scenario } from '../../../bench/strategies/scenario.ts';
import { minutes, seconds } from '../../../shared/time.ts';

/** Small, hot and full of trouble: what goes wrong at all goes wrong within two minutes. */
export const SMALL: Scenario = {
  ...DEFAULT_SCENARIO,
  warmUp: seconds(20),
  duration: minutes(1),
  items: 60,
  lists: 6,
  writeShare: 0.2,
  spells: { every: seconds(30), length: seconds(5), share: 0.3, delay: 1_000 },
};
