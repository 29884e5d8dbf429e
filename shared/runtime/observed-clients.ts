import type { TableReader } from '../read/table.ts';
import { StoreThrottled } from '../store/errors.ts';
import type { CacheStore } from '../store/port.ts';
import { connectStore, connectTable } from './clients.ts';
import type { Environment } from './environment.ts';
import { addMetric } from './metrics.ts';
import { type ObserveCall, observedStore, observedTable } from './observed-calls.ts';
import { callTracing } from './tracing.ts';

/**
 * The store of this process as functions use it: what it throttles is counted, and each call is a subsegment of the
 * trace where there is one.
 *
 * @throws {ConfigurationError} when there is no usable credential
 */
export async function connectObservedStore(environment: Environment): Promise<CacheStore> {
  const [store, trace = untraced] = await Promise.all([connectStore(environment), callTracing()]);
  return observedStore(store, async (call, run, outcomeOf) => {
    try {
      return await trace(call, run, outcomeOf);
    } catch (error) {
      if (error instanceof StoreThrottled) addMetric('StoreThrottled', 1);
      throw error;
    }
  });
}

/**
 * The table of this process as functions use it: each read is a subsegment of the trace where there is one.
 *
 * @throws {ConfigurationError} when `TABLE_NAME` is missing
 */
export async function connectObservedTable(environment: Environment): Promise<TableReader> {
  const [table, trace] = await Promise.all([connectTable(environment), callTracing()]);
  return trace === undefined ? table : observedTable(table, trace);
}

const untraced: ObserveCall = (_call, run) => run();
