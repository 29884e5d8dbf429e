import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  CacheClient,
  CacheDeleteResponse,
  CacheSetResponse,
  Configurations,
  NoopMomentoLoggerFactory,
} from '@gomomento/sdk';
import { CACHE_NAME, credentialOf } from '../cache-process.ts';
import type { StreamEvent, StreamRecord } from './workload.ts';

/** What handles an event. */
export type Contestant = (event: StreamEvent) => Promise<void>;

/** What a peer does with one record: one call of the SDK, as the tutorials have it. */
export type RecordAction = 'set' | 'delete' | 'delete-list';

/** How a peer goes through a batch. */
export type BatchStyle = 'powertools-parallel' | 'powertools-sequential' | 'loop';

/**
 * The handler that one would write without us: blind writes, no order of a key's changes in the parallel style, no
 * protection against fills that are under way.
 *
 * @param endpoint `host:port` of the cache
 */
export async function createPeer(endpoint: string, style: BatchStyle, action: RecordAction): Promise<Contestant> {
  const client = await CacheClient.create({
    credentialProvider: credentialOf(endpoint),
    // A thousand calls at once take longer on a busy machine than the SDK's 1.1 s, and would count as failed.
    configuration: Configurations.Lambda.latest(new NoopMomentoLoggerFactory()).withClientTimeoutMillis(30_000),
    defaultTtlSeconds: 3_600,
  });
  const handleRecord = recordHandler(client, action);
  const processor = new BatchProcessor(EventType.DynamoDBStreams);

  if (style === 'loop') {
    return async ({ Records: records }) => {
      for (const record of records) await handleRecord(record);
    };
  }
  const options = { processInParallel: style === 'powertools-parallel' };
  return async (event) => {
    const { batchItemFailures } = await processPartialResponse(event, handleRecord, processor, options);
    if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} records failed`);
  };
}

function recordHandler(client: CacheClient, action: RecordAction): (record: StreamRecord) => Promise<void> {
  const imageOf = ({ dynamodb }: StreamRecord) => unmarshall(dynamodb.NewImage);
  const deleteKey = async (key: string): Promise<void> => {
    const response = await client.delete(CACHE_NAME, key);
    if (response.type === CacheDeleteResponse.Error) throw response.innerException();
  };
  switch (action) {
    case 'set':
      return async (record) => {
        const item = imageOf(record);
        const response = await client.set(CACHE_NAME, `thing:${item.PK}`, JSON.stringify(item));
        if (response.type === CacheSetResponse.Error) throw response.innerException();
      };
    case 'delete':
      return ({ dynamodb }) => deleteKey(`thing:${dynamodb.Keys.PK?.S}`);
    case 'delete-list':
      return (record) => deleteKey(`things-of:${imageOf(record).owner}`);
  }
}
