import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { localClientConfig } from '../../local/aws.ts';
import { type Stack, startStack } from '../../local/start/stack.ts';
import { createTableReader } from '../../shared/read/table.ts';
import { type Duration, milliseconds, seconds } from '../../shared/time.ts';
import { Random } from '../simulation/engine/random.ts';
import { cacheAccess, connectToCache } from '../support/cache-access.ts';
import { loadFunctions } from '../support/stack.ts';
import { CacheUnderFire, LATEST } from './cache-under-fire.ts';
import { assertNothingLeftOut, type Comparison, compareWithTable } from './comparison.ts';
import { freezeReaders } from './frozen-readers.ts';
import { type Histories, historyOf, newHistories } from './history.ts';
import { type ReadingGround, readUntil, requestUntil } from './readers.ts';
import { type AuditFigures, auditEverything } from './repair.ts';
import { startStallMeter } from './stall-meter.ts';
import { SUBJECTS, type Subject, versionIn } from './subjects.ts';
import { startSyncProcess } from './sync-process.ts';
import { Synchronizer } from './synchronizer.ts';
import { Tally } from './tally.ts';
import { populate, writeOnce, writeUntil } from './writers.ts';

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
  /** After restarts of an empty cache, which the protocol does not promise anything for. */
  readonly afterRestarts: Comparison;
  readonly audited: AuditFigures;
  readonly afterAudit: Comparison;
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
    // Batches that are small enough to be many and large enough to keep up; and nobody who repairs beside what is to be looked at.
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
  await loseTombstones({ ground, cache, stack, random });
  const afterRestarts = await compareWithTable(ground);
  onProgress(`restarts of an empty cache: ${disagreements(afterRestarts)} disagreements`);

  const audited = await auditEverything(ground);
  const afterAudit = await compareWithTable(ground);
  onProgress(`audit: ${audited.stale} found and repaired, ${disagreements(afterAudit)} disagreements left`);

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
    audited,
    afterAudit,
  };
}

/** Entries and pages that say something else than the table. */
export const disagreements = ({ wrongEntries, wrongPages }: Comparison): number =>
  wrongEntries.length + wrongPages.length;

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

/** Reads and writes while something is done. Readers go on for a moment after the last write. */
async function withTraffic(ground: ReadingGround, random: Random, work: () => Promise<unknown>): Promise<void> {
  const writing = new AbortController();
  const reading = new AbortController();
  const writers = Array.from({ length: WRITERS }, (_, i) => {
    // Some of each entity, and some of the first ones, which are the most popular.
    const own = SUBJECTS.filter((_subject, j) => (j + Math.floor(j / WRITERS)) % WRITERS === i);
    return writeUntil(writing.signal, own, ground, random.fork());
  });
  const readers = [
    ...Array.from({ length: READERS }, () => readUntil(reading.signal, ground, random.fork())),
    ...Array.from({ length: HTTP_READERS }, () => requestUntil(reading.signal, ground, random.fork())),
  ];
  await work();
  writing.abort();
  await Promise.all(writers);
  await sleep(READ_ON_MS);
  reading.abort();
  await Promise.all(readers);
}

async function restartEvery(duration: Duration, cache: CacheUnderFire): Promise<void> {
  const until = performance.now() + duration;
  while (performance.now() + RESTART_INTERVAL < until) {
    await sleep(RESTART_INTERVAL);
    await cache.restartEmpty();
  }
  await sleep(Math.max(0, until - performance.now()));
}

interface LosingParts {
  readonly ground: ReadingGround;
  readonly cache: CacheUnderFire;
  readonly stack: Stack;
  readonly random: Random;
}

/**
 * The one thing that a restart can do to an entry, done on purpose: a reader has read the table and not filled yet, the
 * item changes, the tombstone that would have stopped the fill is lost with the cache, and the fill arrives.
 */
async function loseTombstones({ ground, cache, stack, random }: LosingParts): Promise<void> {
  const subjects = oneOfEach(SUBJECTS.filter((subject) => historyOf(subject, ground.histories).exists));
  await cache.restartEmpty();
  const readers = freezeReaders(subjects, ground);
  await readers.haveRead;
  for (const subject of subjects) await writeOnce(subject, ground, random);
  await stack.poller.drained();
  await cache.restartEmpty();
  await readers.thaw();
}

/** The first subject of each entity. */
const oneOfEach = (subjects: readonly Subject[]): Subject[] =>
  subjects.filter(({ entity }, i) => subjects.findIndex((other) => other.entity === entity) === i);

/** Of the traffic, the part without restarts. */
const SHARE_OF_FAULTS = 0.65;
const RESTART_INTERVAL = seconds(4);
const WRITERS = 6;
const READERS = 16;
const HTTP_READERS = 4;
const READ_ON_MS = 300;
