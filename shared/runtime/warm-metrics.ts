import { NOTHING, type Tally } from '../warm/tally.ts';
import { addMetric } from './metrics.ts';

/** The metric of each figure. */
const WARM_METRICS = [
  ['items', 'WarmItems'],
  ['filled', 'WarmFilled'],
  ['present', 'WarmPresent'],
  ['contended', 'WarmContended'],
  ['unstorable', 'WarmUnstorable'],
  ['unmapped', 'WarmUnmapped'],
  ['readUnits', 'WarmReadUnits'],
] as const satisfies readonly (readonly [keyof Tally, string])[];

/**
 * Adds what one invocation has done of a run.
 *
 * @param before of the run, when the invocation began; `undefined` at the beginning of the run
 * @param after of the run, behind the last page that was done
 */
export function addWarmMetrics(before: Tally = NOTHING, after: Tally = before): void {
  for (const [figure, name] of WARM_METRICS) addMetric(name, after[figure] - before[figure]);
}
