import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../simulation/engine/random.ts';
import { type ReadingGround, readUntil, requestUntil } from './readers.ts';
import { SUBJECTS } from './subjects.ts';
import { writeUntil } from './writers.ts';

/** Reads and writes while something is done. Readers go on for a moment after the last write. */
export async function withTraffic(ground: ReadingGround, random: Random, work: () => Promise<unknown>): Promise<void> {
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

const WRITERS = 6;
const READERS = 16;
const HTTP_READERS = 4;
const READ_ON_MS = 300;
