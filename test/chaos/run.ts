import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { localClientConfig } from '../../local/aws.ts';
import { type Stack, startStack } from '../../local/start/stack.ts';
import { createTableReader } from '../../shared/read/table.ts';
import { type Duration, milliseconds } from '../../shared/time.ts';
import { Random } from '../simulation/engine/random.ts';
import { cacheAccess, connectToCache } from '../support/cache-access.ts';
import { loadFunctions } from '../support/stack.ts';
import { CacheUnderFire, LATEST } from './cache-under-fire.ts';
import { assertNothingLeftOut, type Comparison, compareWithTable, disagreements } from './comparison.ts';
import { type Histories, historyOf, newHistories } from './history.ts';
import type { ReadingGround } from './readers.ts';
import { type Repair, repairEverything } from './repair.ts';
import { loseTombstones, restartEvery } from './restarts.ts';
import { startStallMeter } from './stall-meter.ts';
import { SUBJECTS, versionIn } from './subjects.ts';
import { startSyncProcess } from './sync-process.ts';
import { Synchronizer } from './synchronizer.ts';
import { Tally } from './tally.ts';
import { withTraffic } from './traffic.ts';
import { populate } from './writers.ts';

export interface ChaosOptions {
  /** How long there is traffic, over both phases. */
  readonly duration: Duration;
  /** Decides what is read and written, when something is killed and which calls fail; not how the machine runs it. */
  readonly seed: number;
  /** Hears of what is going on. */
  readonly onProgress?: (line: string) => void;
}

/** What a run came to. */
export interface ChaosReport {
  readonly seed: number;
  readonly seconds: number;
  readonly tally: Tally;
  readonly cacheCalls: number;
  readonly faults: ReturnType<CacheUnderFire['faultsMet']>;
  readonly batches: number;
  readonly kills: number;
  readonly deliveredTwice: number;
  readonly restarts: number;
  readonly mixedKeys: readonly string[];
  /** Answers before the first restart that were stale although the event of the change had been applied. */
  readonly beyondEvent: number;
  /** After kills, faults and double deliveries: the cache has confirmed nothing that it did not keep. */
  readonly afterFaults: Comparison;
  /** After restarts with nothing left while the traffic went on, for which the protocol does not promise anything. */
  readonly afterRestarts: Repair;
  /** After restarts that each lost a tombstone at the one moment at which that matters. */
  readonly afterLosses: Repair;
}

/** Runs the laptop stack under fire, and compares what is left with the table. Takes some seconds more than asked for. */
export async function runChaos({ duration, seed, onProgress = () => {} }: ChaosOptions): Promise<ChaosReport> {
  assertNothingLeftOut();
  const random = new Random(seed);
  await using cleanUp = new AsyncDisposableStack();
  const tally = new Tally();
  const histories = newHistories();

  let synchronizer: Synchronizer | undefined;
  const stack = await startStack({
    seed,
    // Batches that are small enough to be many and large enough to keep up; and nobody who repairs what is to be seen.
    parameters: { SyncBatchSize: 200, AuditShare: '0' },
    synchronizer: (event) => synchronizer?.handle(event) ?? Promise.reject(new Error('not started yet')),
    onError: (error) => tally.failed('the stack', error),
  });
  cleanUp.defer(() => stack.close());
  synchronizer = startSynchronizer(stack, random.fork(), (record) => {
    const lag = noteApplied(record, histories);
    tally.longestLag = Math.max(tally.longestLag, lag);
  });
  const sync = synchronizer;
  cleanUp.defer(() => sync.close());
  const cache = new CacheUnderFire(stack.momento, seed);
  cleanUp.defer(() => cache.close());

  const ground = await groundOf(stack, histories, tally, cleanUp);
  await Promise.all([sync.ready(), loadFunctions(stack)]);
  await populate(SUBJECTS, ground, random);
  onProgress(`started: ${SUBJECTS.length} keys under fire for ${duration / 1_000} s`);

  const attack = async (work: () => Promise<unknown>): Promise<void> => {
    cache.attack();
    sync.attack();
    await withTraffic(ground, random, work);
    sync.relent();
    cache.relent();
  };
  const settled = async (): Promise<void> => {
    await stack.poller.drained();
    await sync.settled();
    // What has been held up on its way is applied by now, or never.
    await sleep(LATEST + 200);
    await stack.poller.drained();
  };

  await attack(() => sleep(duration * SHARE_OF_FAULTS));
  await settled();
  const afterFaults = await compareWithTable(ground);
  // Restarts lose what was applied, and with it this certainty.
  const beyondEvent = tally.beyondEvent;
  onProgress(`kills, faults, double deliveries: ${disagreements(afterFaults)} disagreements`);

  await attack(() => restartEvery(milliseconds(duration * (1 - SHARE_OF_FAULTS)), cache));
  await settled();
  const afterRestarts = await repairEverything(ground);
  onProgress(`restarts of an empty cache: ${described(afterRestarts)}`);

  await loseTombstones({ ground, cache, poller: stack.poller, random });
  const afterLosses = await repairEverything(ground);
  onProgress(`lost tombstones: ${described(afterLosses)}`);

  return {
    seed,
    seconds: duration / 1_000,
    tally,
    cacheCalls: cache.calls(),
    faults: cache.faultsMet(),
    batches: sync.batches,
    kills: sync.kills,
    deliveredTwice: sync.deliveredTwice,
    restarts: cache.restarts,
    mixedKeys: cache.mixedKeys(),
    beyondEvent,
    afterFaults,
    afterRestarts,
    afterLosses,
  };
}

const described = ({ found, audited, left }: Repair): string =>
  `${disagreements(found)} disagreements, ${audited.stale} repaired by audit, ${disagreements(left)} left`;

function startSynchronizer(
  { template, functions }: Stack,
  random: Random,
  onApplied: (record: DynamoDBRecord) => void,
): Synchronizer {
  const definition = template.functions.find(({ eventSources }) => eventSources.length > 0);
  if (definition === undefined) throw new Error('template.yaml has no function that reads the table’s stream');
  return new Synchronizer(() => startSyncProcess(definition, functions.environment(definition)), random, onApplied);
}

/** @returns for how long the change was on its way, ms */
function noteApplied({ eventName, dynamodb: { Keys, NewImage, OldImage } = {} }: DynamoDBRecord, histories: Histories) {
  const subject = SUBJECTS.find(({ key }) => key.PK === Keys?.PK?.S && key.SK === Keys?.SK?.S);
  const version = eventName === 'REMOVE' ? 1 + (versionIn(OldImage) ?? Number.NaN) : versionIn(NewImage);
  if (subject === undefined || version === undefined) throw new Error('a record is of nothing that was written');
  return historyOf(subject, histories).apply(version);
}

async function groundOf(
  stack: Stack,
  histories: Histories,
  tally: Tally,
  cleanUp: AsyncDisposableStack,
): Promise<ReadingGround> {
  const client = new DynamoDBClient(localClientConfig(stack.dynamodbEndpoint));
  cleanUp.defer(() => client.destroy());
  const store = await connectToCache(stack);
  cleanUp.defer(() => store.close());
  const stalls = startStallMeter();
  cleanUp.defer(() => stalls.stop());
  return {
    url: stack.url,
    client,
    tableName: stack.table.name,
    histories,
    tally,
    store,
    table: createTableReader(client, stack.table.name),
    namespace: cacheAccess(stack).namespace,
    stalls,
  };
}

/** Of the traffic, the part without restarts. */
const SHARE_OF_FAULTS = 0.65;
