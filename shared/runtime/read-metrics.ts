import type { ReadObserver, ReadOutcome } from '../read/outcome.ts';
import type { BreakerState } from '../store/breaker.ts';
import { addMetric } from './metrics.ts';
import { logger } from './powertools.ts';

const OUTCOMES = [
  ['hit', 'Hit'],
  ['absent', 'AbsentHit'],
  ['miss', 'Miss'],
  ['bypass', 'Bypass'],
] as const satisfies readonly (readonly [ReadOutcome, string])[];

/**
 * Counts what a reader does, emitted with the invocation that it happened in; and tells it to the debug log, where each
 * line has the correlation id of its request.
 *
 * @param breaker the state of the breaker before the cache
 */
export function readMetrics(breaker: () => BreakerState): ReadObserver {
  return {
    read({ name: entity, outcome, cacheMs, tableMs }) {
      const state = breaker();
      // Zeros too: a share of them all cannot be computed where one of them has never been there.
      for (const [each, metric] of OUTCOMES) addMetric(metric, each === outcome ? 1 : 0, { entity });
      if (cacheMs !== undefined) addMetric('CacheLatency', cacheMs, { entity });
      if (tableMs !== undefined) addMetric('TableLatency', tableMs, { entity });
      addMetric('BreakerOpen', state === 'closed' ? 0 : 1);
      logger.debug('read', { entity, outcome, cacheMs, tableMs, breaker: state });
    },
    fillRefused({ name: entity, reason }) {
      addMetric('FillRefused', 1, { reason });
      logger.debug('fill refused', { entity, reason });
    },
    foreign({ name: entity, reason }) {
      addMetric('ForeignEntry', 1, { entity });
      logger.debug('not an entry of ours', { entity, reason });
    },
  };
}
