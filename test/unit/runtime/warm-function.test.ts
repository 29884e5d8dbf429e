import '../../support/queue-environment.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGetItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { attributesFrom } from '../../../shared/entry/item.ts';
import { entryKey } from '../../../shared/map/cache-key.ts';
import { ConfigurationError } from '../../../shared/runtime/environment.ts';
import { overrideRuntime } from '../../../shared/runtime/overrides.ts';
import { createWarmFunction } from '../../../shared/runtime/warm-function.ts';
import { createMemoryStore } from '../../../shared/store/memory.ts';
import type { CacheStore } from '../../../shared/store/port.ts';
import { captureOutput, lambdaContext } from '../../support/queue-messages.ts';
import { map, NAMESPACE, user, userKey } from '../../support/repair.ts';

const dynamodb = mockClient(DynamoDBClient);
const itemOf = (username: string) => attributesFrom({ ...userKey(username), username });
let store: CacheStore;
let handler: Awaited<ReturnType<typeof createWarmFunction>>;

beforeEach(async () => {
  captureOutput();
  dynamodb.reset();
  store = createMemoryStore();
  overrideRuntime({ store });
  handler = await createWarmFunction(map);
});

afterEach(() => {
  overrideRuntime({});
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const warm = (event: unknown, remaining = 300_000) =>
  handler(
    event,
    lambdaContext(() => remaining),
  );
const isCached = async (username: string) =>
  (await store.get(entryKey(NAMESPACE, user, userKey(username)))) !== undefined;

describe('the warm function', () => {
  it('warms the whole table when it is told nothing', async () => {
    dynamodb.on(ScanCommand).resolves({});
    dynamodb.on(ScanCommand, { Segment: 3 }).resolves({ Items: [itemOf('alice')] });

    expect(await warm({})).toMatchObject({ finished: true, checkpoint: { tally: { items: 1, filled: 1 } } });
    expect(dynamodb.commandCalls(ScanCommand)).toHaveLength(8);
    expect(await isCached('alice')).toBe(true);
  });

  it('ends while there is time to answer, and goes on where the answer says', async () => {
    dynamodb.on(ScanCommand).callsFake(async () => {
      await sleep(5);
      return { Items: [itemOf('alice')], LastEvaluatedKey: attributesFrom(userKey('alice')) };
    });
    const first = await warm({ segments: 1 }, 25_050);
    expect(first.finished).toBe(false);

    dynamodb.reset();
    dynamodb.on(ScanCommand).resolves({ Items: [itemOf('bob')] });
    const second = await warm({ segments: 1, checkpoint: JSON.parse(JSON.stringify(first.checkpoint)) });
    expect(second).toMatchObject({ finished: true });
    expect(second.checkpoint.tally.items).toBe(first.checkpoint.tally.items + 1);
    expect(dynamodb.commandCalls(ScanCommand).map(({ args }) => args[0].input.ExclusiveStartKey)).toEqual([
      attributesFrom(userKey('alice')),
    ]);
    expect(await isCached('bob')).toBe(true);
  });

  it('warms keys, the most asked for if there are too many, and says how many of them it cannot use', async () => {
    dynamodb.on(BatchGetItemCommand).resolves({ Responses: { sample: [itemOf('alice')] } });
    const keys = [
      { entity: 'user', username: 'bob', count: 1 },
      { entity: 'user', username: 'alice', count: 3 },
      { entity: 'nothing', count: 2 },
    ];

    expect(await warm({ keys, top: 2 })).toMatchObject({
      finished: true,
      unusable: 1,
      checkpoint: { tally: { items: 1, filled: 1 } },
    });
    expect([await isCached('alice'), await isCached('bob')]).toEqual([true, false]);
  });

  it.each([
    [{ keys: 'all' }, 'keys is not a list'],
    [{ segments: 65 }, 'segments is more than 64'],
    [{ segments: '8' }, 'segments is not a number'],
    [{ readUnitsPerSecond: 0 }, 'readUnitsPerSecond is not above 0'],
    [{ rate: 100 }, 'rate is not'],
    ['everything', 'it is not an object'],
    [{ checkpoint: { format: 7 } }, 'This is not a checkpoint of a warm run: format is not as expected.'],
  ])('refuses the event %j', async (event, problem) => {
    await expect(warm(event)).rejects.toThrow(problem);
  });

  it('does not start without the name of the table', async () => {
    vi.stubEnv('TABLE_NAME', '');

    await expect(createWarmFunction(map)).rejects.toThrow(ConfigurationError);
  });
});
