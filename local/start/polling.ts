import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { localClientConfig } from '../aws.ts';
import { type Poller, startPoller } from '../stream/poller.ts';
import type { Stack, StackOptions } from './stack.ts';

/** The poller that feeds the synchronizer of a stack. */
export interface Polling {
  readonly poller: Poller;
  hold(isHeld: boolean): void;
  /** Ends it, and waits until it has. */
  stop(): Promise<void>;
}

/** Feeds the template's stream consumer, or the one that stands in for it, with the settings of the template. */
export function startPolling(
  parts: Pick<Stack, 'template' | 'table' | 'dynamodbEndpoint' | 'sqs' | 'functions'>,
  options: Pick<StackOptions, 'synchronizer' | 'onInvocation' | 'onError'>,
): Polling {
  const { template, table, dynamodbEndpoint, sqs, functions } = parts;
  const consumer = template.functions.find(({ eventSources }) => eventSources.length > 0);
  const [settings] = consumer?.eventSources ?? [];
  if (consumer === undefined || settings === undefined) {
    throw new Error('template.yaml has no function that reads the table’s stream');
  }
  const streams = new DynamoDBStreamsClient(localClientConfig(dynamodbEndpoint));
  const ending = new AbortController();
  const { onInvocation, onError, synchronizer = (event) => functions.invoke(consumer, event) } = options;
  let held = false;
  const poller = startPoller({
    streams,
    streamArn: table.streamArn,
    settings,
    creationTimes: 'rounded-to-minute',
    signal: ending.signal,
    handler: synchronizer,
    isHeld: () => held,
    onFailure: async (message) => {
      if (settings.onFailureQueue !== undefined)
        sqs.queue(settings.onFailureQueue).send({ body: JSON.stringify(message) });
    },
    ...(onInvocation && { onInvocation }),
    ...(onError && { onError }),
  });
  return {
    poller,
    hold(isHeld) {
      held = isHeld;
    },
    async stop() {
      ending.abort();
      await poller.ended.catch(() => {});
      streams.destroy();
    },
  };
}
