import type { Scope } from './small-world.ts';

/** INSERT, MODIFY, REMOVE. */
const LIFE = [1, 2, undefined] as const;

const BASE = { onChange: 'refresh', versioned: false, crashes: 0, duplicates: 0, pauses: [] } as const;

/** What is explored: each scope completely. */
export const SCOPES: readonly Scope[] = [
  { ...BASE, name: 'two readers, three writes, expiry', readers: 2, writes: LIFE, pauses: [61] },
  {
    ...BASE,
    name: 'one reader, three writes, crash and retry, duplicate',
    readers: 1,
    writes: LIFE,
    crashes: 1,
    duplicates: 1,
  },
  { ...BASE, name: 'two readers, three writes, duplicate', readers: 2, writes: LIFE, duplicates: 1 },
  { ...BASE, name: 'two readers, three writes, crash and retry', readers: 2, writes: LIFE, crashes: 1 },
  {
    ...BASE,
    name: 'one reader, three writes, duplicate, expiry',
    readers: 1,
    writes: LIFE,
    duplicates: 1,
    pauses: [61],
  },
  {
    ...BASE,
    name: 'one reader, two writes, crash and retry, expiry',
    readers: 1,
    writes: [1, 2],
    crashes: 1,
    pauses: [61],
  },
  { ...BASE, name: 'one reader, two writes, a pause of 4 s, expiry', readers: 1, writes: [1, 2], pauses: [4, 61] },
  {
    ...BASE,
    name: 'invalidating: two readers, three writes, duplicate',
    readers: 2,
    writes: LIFE,
    duplicates: 1,
    onChange: 'invalidate',
  },
  {
    ...BASE,
    name: 'versioned: two readers, three writes, duplicate',
    readers: 2,
    writes: LIFE,
    duplicates: 1,
    versioned: true,
  },
];

/** Everything at once. Takes hours. */
export const FULL_SCOPE: Scope = {
  ...BASE,
  name: 'two readers, three writes, crash and retry, duplicate, expiry',
  readers: 2,
  writes: LIFE,
  crashes: 1,
  duplicates: 1,
  pauses: [61],
};

/** What `npm test` has the time for. */
export const QUICK_SCOPES: readonly Scope[] = [
  { ...BASE, name: 'two readers, three writes', readers: 2, writes: LIFE },
  { ...BASE, name: 'one reader, two writes, expiry', readers: 1, writes: [1, 2], pauses: [61] },
  {
    ...BASE,
    name: 'one reader, two writes, crash and retry, duplicate',
    readers: 1,
    writes: [1, 2],
    crashes: 1,
    duplicates: 1,
  },
];
