import { setTimeout as sleep } from 'node:timers/promises';
import type { Poller } from '../../local/stream/poller.ts';
import { type Duration, seconds } from '../../shared/time.ts';
import type { Random } from '../simulation/engine/random.ts';
import type { CacheUnderFire } from './cache-under-fire.ts';
import { freezeReaders } from './frozen-readers.ts';
import { historyOf } from './history.ts';
import type { ReadingGround } from './readers.ts';
import { SUBJECTS, type Subject } from './subjects.ts';
import { writeOnce } from './writers.ts';

/** Restarts the cache, empty, every few seconds. */
export async function restartEvery(duration: Duration, cache: CacheUnderFire): Promise<void> {
  const until = performance.now() + duration;
  while (performance.now() + RESTART_INTERVAL < until) {
    await sleep(RESTART_INTERVAL);
    await cache.restartEmpty();
  }
  await sleep(Math.max(0, until - performance.now()));
}

export interface LosingParts {
  readonly ground: ReadingGround;
  readonly cache: CacheUnderFire;
  readonly poller: Poller;
  readonly random: Random;
}

/**
 * The one thing that a restart can do to an entry, done on purpose: a reader has read the table and not filled yet, the
 * item changes, the tombstone that would have stopped the fill is lost with the cache, and the fill arrives.
 */
export async function loseTombstones({ ground, cache, poller, random }: LosingParts): Promise<void> {
  const subjects = oneOfEach(SUBJECTS.filter((subject) => historyOf(subject, ground.histories).exists));
  await cache.restartEmpty();
  const readers = freezeReaders(subjects, ground);
  await readers.haveRead;
  for (const subject of subjects) await writeOnce(subject, ground, random);
  await poller.drained();
  await cache.restartEmpty();
  await readers.thaw();
}

/** One subject of each entity. */
const oneOfEach = (subjects: readonly Subject[]): Subject[] =>
  subjects.filter(({ entity }, i) => subjects.findIndex((other) => other.entity === entity) === i);

const RESTART_INTERVAL = seconds(4);
