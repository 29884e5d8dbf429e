import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadOutcome } from '../../shared/read/outcome.ts';
import { createReader, type Reader } from '../../shared/read/reader.ts';
import { DEFAULT_READER_SETTINGS } from '../../shared/read/settings.ts';
import type { TableReader } from '../../shared/read/table.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import type { Random } from '../simulation/engine/random.ts';
import { send } from '../support/stack.ts';
import { historyOf, type Span } from './history.ts';
import { anyOf, favouriteOf } from './picking.ts';
import type { StallMeter } from './stall-meter.ts';
import { LISTS, type List, SUBJECTS, type Subject, subjectOf, versionIn } from './subjects.ts';
import type { Outcomes } from './tally.ts';
import type { Ground } from './writers.ts';

/** What readers need beside {@link Ground}. */
export interface ReadingGround extends Ground {
  readonly store: CacheStore;
  readonly table: TableReader;
  readonly namespace: string;
  readonly stalls: StallMeter;
}

/**
 * Reads items and lists through a reader of its own until it is told to stop. One read at a time, so that each can be
 * held to its deadline, and none shares the answer to an earlier one.
 */
export async function readUntil(signal: AbortSignal, ground: ReadingGround, random: Random): Promise<void> {
  const table = timedTable(ground.table, random, signal);
  const reader = createReader({ store: ground.store, table, namespace: ground.namespace });
  let again: Subject | undefined;
  while (!signal.aborted) {
    const subject = again ?? favouriteOf(SUBJECTS, random);
    const readOne = again === undefined ? anyRead(random) : readItem;
    again = undefined;
    const stalled = ground.stalls.total();
    const began = performance.now();
    table.tookMs = 0;
    try {
      const { deadline, filled } = await readOne(reader, ground, random, subject);
      const took = performance.now() - began;
      // What has just been filled is where a wrong fill shows.
      again = filled;
      ground.tally.took(took, took - table.tookMs - (ground.stalls.total() - stalled), deadline + GRACE_MS);
    } catch (error) {
      ground.tally.failed('a read', error);
    }
    await sleep(random.between(...PAUSE_MS));
  }
}

/** Reads over HTTP, as the world does. Requests share answers, so that how old one is could not be told exactly. */
export async function requestUntil(signal: AbortSignal, ground: ReadingGround, random: Random): Promise<void> {
  const { url, tally, stalls } = ground;
  while (!signal.aborted) {
    const subject = random.chance(SHARE_OF_LISTS) ? undefined : favouriteOf(SUBJECTS, random);
    const list = anyOf(LISTS, random);
    const { path, owner } = subject?.path === undefined ? list : subject;
    const stalled = stalls.total();
    const began = performance.now();
    try {
      const { status, cache } = await send(url, `GET ${path}`, owner === undefined ? {} : { from: owner });
      if (!(status === 200 || status === 404)) throw new Error(`answered with ${status}`);
      tally.httpReads += 1;
      count(subject?.path === undefined ? tally.pages : tally.items, cache);
      const took = performance.now() - began;
      // What of it the table took cannot be seen from here: it is given as much as it ever needs.
      tally.took(took, took - TABLE_MS - (stalls.total() - stalled), LIST_DEADLINE + GRACE_MS);
    } catch (error) {
      tally.failed('an HTTP read', error);
    }
    await sleep(random.between(...HTTP_PAUSE_MS));
  }
}

type Read = (
  reader: Reader,
  ground: ReadingGround,
  random: Random,
  subject: Subject,
) => Promise<{ readonly deadline: number; readonly filled?: Subject }>;

function anyRead(random: Random): Read {
  if (random.chance(SHARE_OF_LISTS)) return readList;
  return random.chance(SHARE_OF_MANY) ? readMany : readItem;
}

const readItem: Read = async (reader, ground, _random, subject) => {
  const began = performance.now();
  const { outcome, value } = await reader.get(subject.entity, subject.params);
  ground.tally.items[outcome] += 1;
  judgeItem(subject, value, { began, ended: performance.now() }, ground);
  return { deadline: ITEM_DEADLINE, ...(outcome === 'miss' && { filled: subject }) };
};

const readMany: Read = async (reader, ground, random, { entity }) => {
  const subjects = SUBJECTS.filter((subject) => subject.entity === entity && random.chance(0.3));
  const began = performance.now();
  const answers = await reader.getMany(
    entity,
    subjects.map(({ params }) => params),
  );
  const read = { began, ended: performance.now() };
  subjects.forEach((subject, i) => {
    const answer = answers[i];
    if (answer === undefined) throw new Error('a read of many left one out');
    ground.tally.items[answer.outcome] += 1;
    judgeItem(subject, answer.value, read, ground);
  });
  return { deadline: ITEM_DEADLINE };
};

const readList: Read = async (reader, ground, random) => {
  const list = anyOf(LISTS, random);
  const page = random.chance(SHARE_OF_SHORT_PAGES) ? { limit: 3 } : {};
  const began = performance.now();
  const { outcome, items, cursor } = await reader.query(list.collection, list.params, page);
  ground.tally.pages[outcome] += 1;
  judgeList(list, items, cursor === undefined, { began, ended: performance.now() }, ground);
  return { deadline: LIST_DEADLINE };
};

function judgeItem(subject: Subject, value: unknown, read: Span, { histories, tally }: Ground): void {
  tally.seen(historyOf(subject, histories).staleness(value === undefined ? undefined : seenIn(value), read));
}

/** A page is as stale as the stalest of what it shows, and of what it should show. */
function judgeList(list: List, items: unknown, isWhole: boolean, read: Span, { histories, tally }: Ground): void {
  if (!Array.isArray(items)) throw new Error('a list is not a list');
  const elements: unknown[] = items;
  const shown = new Map(elements.map((element) => [subjectOf(list, element), element]));
  if (shown.has(undefined)) throw new Error('a list shows what does not belong to it');
  const stalenesses = list.subjects.flatMap((subject) => {
    const element = shown.get(subject);
    // It may be on another page.
    if (element === undefined && !isWhole) return [];
    const seen = element === undefined ? undefined : seenIn(element);
    return historyOf(subject, histories).staleness(seen, read, (version) => list.shows(version));
  });
  tally.seen({
    ms: Math.max(0, ...stalenesses.map(({ ms }) => ms)),
    isBeyondEvent: stalenesses.some(({ isBeyondEvent }) => isBeyondEvent),
  });
}

function seenIn(value: unknown): number {
  const version = versionIn(value);
  if (version === undefined) throw new Error('a reader was answered with something that nobody wrote');
  return version;
}

function count(outcomes: Outcomes, outcome: string | null): void {
  if (!isOutcome(outcome, outcomes)) throw new Error('an answer does not say where it came from');
  outcomes[outcome] += 1;
}

const isOutcome = (outcome: string | null, outcomes: Outcomes): outcome is ReadOutcome =>
  outcome !== null && outcome in outcomes;

/**
 * The table, and how long the reads of one asker took in it. Now and then an answer lies about for a while before it is
 * looked at, as it does in a process that is frozen or busy: the cache has moved on when the fill comes.
 */
function timedTable(table: TableReader, random: Random, signal: AbortSignal): TableReader & { tookMs: number } {
  const timed = {
    tookMs: 0,
    get: (...args: Parameters<TableReader['get']>) => clocked(() => table.get(...args)),
    getMany: (...args: Parameters<TableReader['getMany']>) => clocked(() => table.getMany(...args)),
    query: (...args: Parameters<TableReader['query']>) => clocked(() => table.query(...args)),
  };
  const dawdle = (ms: number): Promise<void> => sleep(ms, undefined, { signal }).catch(() => {});

  async function clocked<Result>(ask: () => Promise<Result>): Promise<Result> {
    const began = performance.now();
    try {
      const answer = await ask();
      if (random.chance(SHARE_OF_DAWDLERS)) await dawdle(random.logBetween(...DAWDLE_MS));
      return answer;
    } finally {
      timed.tookMs += performance.now() - began;
    }
  }
  return timed;
}

const { cacheTimeout, fillTimeout } = DEFAULT_READER_SETTINGS;
/** What a read may take beside the table, ms: of an item, the cache's answer and the fill; of a page, its generation too. */
const ITEM_DEADLINE = cacheTimeout + fillTimeout;
const LIST_DEADLINE = cacheTimeout + 2 * fillTimeout;
/** For timers that fire late and for turns of the event loop, on a machine that has better things to do. */
const GRACE_MS = 750;
/** What the table may need for a read over HTTP. */
const TABLE_MS = 1_500;

const SHARE_OF_LISTS = 0.2;
const SHARE_OF_MANY = 0.05;
const SHARE_OF_SHORT_PAGES = 0.3;
const SHARE_OF_DAWDLERS = 0.15;
/** Up to well within the write deadline of 20 s. */
const DAWDLE_MS = [50, 12_000] as const;
const PAUSE_MS = [0, 30] as const;
const HTTP_PAUSE_MS = [10, 80] as const;
