import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { CacheMap } from '../map/cache-map.ts';
import { WRITE_DEADLINE } from '../protocol.ts';
import { meteredTable } from '../scan/metered-table.ts';
import { seconds, systemClock } from '../time.ts';
import { targetsOf } from '../warm/key-rows.ts';
import { type WarmSource, warm } from '../warm/warm.ts';
import { cacheIdentity } from './cache-identity.ts';
import { readEnvironment } from './environment.ts';
import { metricsOutput } from './metrics.ts';
import { connectObservedStore } from './observed-clients.ts';
import { runtimeOverrides } from './overrides.ts';
import { logger } from './powertools.ts';
import { requireTableName } from './table-name.ts';
import { traceCommands } from './traced-commands.ts';
import { tracing } from './tracing.ts';
import { readWarmEvent, type WarmAnswer } from './warm-event.ts';
import { addWarmMetrics } from './warm-metrics.ts';

/**
 * Makes the function that warms the cache of a cache map. It ends before its time is up, and answers how far it came:
 * who invokes it hands that to the next invocation, until one has finished. What an invocation did that failed is only
 * found to be done by the next one.
 *
 * @throws {ConfigurationError} when the environment lacks something: the function then fails at its start
 */
export async function createWarmFunction(map: CacheMap) {
  const environment = readEnvironment(process.env);
  const { namespace } = environment;
  const tableName = requireTableName(environment.tableName);
  const identity = [tableName, cacheIdentity(environment.cache)];
  const { clock = systemClock } = runtimeOverrides();
  const [store, { DynamoDBClient }] = await Promise.all([
    connectObservedStore(environment),
    import('@aws-sdk/client-dynamodb'),
  ]);
  // Nobody waits for an answer: a table that is throttled is given time.
  const client = await traceCommands(new DynamoDBClient({ maxAttempts: 8 }));

  return middy<unknown, WarmAnswer>()
    .use(await tracing())
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(metricsOutput())
    .handler(async (event: unknown, context: Context): Promise<WarmAnswer> => {
      const { keys, top, segments, readUnitsPerSecond, checkpoint } = readWarmEvent(event);
      const named = keys && targetsOf(map, namespace, keys, top);
      const source: WarmSource = named ? { kind: 'keys', targets: named.targets } : { kind: 'table', segments };
      let tally = checkpoint?.tally;
      try {
        const result = await warm({
          ...{ map, namespace, store, clock, source, identity, checkpoint },
          ...meteredTable(client, tableName, readUnitsPerSecond),
          random: Math.random,
          signal: AbortSignal.timeout(Math.max(0, Math.floor(context.getRemainingTimeInMillis() - LAST_PAGE))),
          onProgress: (progress) => {
            tally = progress.tally;
          },
        });
        const [problem] = named?.problems ?? [];
        if (problem !== undefined) logger.warn('not all of the keys can be used', { first: problem });
        return { ...result, unusable: named?.problems.length ?? 0 };
      } finally {
        addWarmMetrics(checkpoint?.tally, tally);
        logger.info('warmed', { ...tally });
      }
    });
}

/** What a page that is on its way when the time is up may still take: its fills are over with the deadline. */
const LAST_PAGE = WRITE_DEADLINE + seconds(5);
