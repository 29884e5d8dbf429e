import { createReader, type Reader } from '../read/reader.ts';
import { withBreaker } from '../store/breaker.ts';
import { systemClock } from '../time.ts';
import { readEnvironment } from './environment.ts';
import { connectObservedStore, connectObservedTable } from './observed-clients.ts';
import { once } from './once.ts';
import { runtimeOverrides } from './overrides.ts';
import { readMetrics } from './read-metrics.ts';

/**
 * The reader of this process: made when a function starts, kept across its invocations. A breaker keeps a failing
 * cache off the path for a moment, so that an outage costs the table's latency and not a timeout a request.
 *
 * @throws {ConfigurationError} when the environment lacks something
 * @example const reader = await connectReader();
 */
export function connectReader(): Promise<Reader> {
  return processReader(process.env);
}

const processReader = once(async (variables: NodeJS.ProcessEnv): Promise<Reader> => {
  const environment = readEnvironment(variables);
  const [store, table] = await Promise.all([connectObservedStore(environment), connectObservedTable(environment)]);
  const guarded = withBreaker(store);
  return createReader({
    store: guarded,
    table,
    namespace: environment.namespace,
    clock: runtimeOverrides().clock ?? systemClock,
    observer: readMetrics(() => guarded.state),
  });
});
