import { createOurs } from './ours.ts';
import { type Contestant, createPeer } from './peers.ts';

/** Everybody who handles the same events, and how. */
export const CONTESTANTS = {
  parallel: { label: '(a) Powertools, set per record, in parallel', ours: false },
  sequential: { label: '(b) Powertools, set per record, one by one', ours: false },
  loop: { label: '(c) loop, set per record', ours: false },
  refresh: { label: 'ours, refresh', ours: true },
  'parallel-delete': { label: '(a) with delete', ours: false },
  invalidate: { label: 'ours, invalidate', ours: true },
  'parallel-delete-list': { label: '(a) with delete of the list', ours: false },
  generations: { label: 'ours, generations', ours: true },
} as const;

export type ContestantName = keyof typeof CONTESTANTS;

/** @param endpoint `host:port` of the cache */
export function createContestant(name: ContestantName, endpoint: string): Promise<Contestant> {
  switch (name) {
    case 'refresh':
    case 'invalidate':
    case 'generations':
      return createOurs(endpoint, name);
    case 'parallel':
      return createPeer(endpoint, 'powertools-parallel', 'set');
    case 'sequential':
      return createPeer(endpoint, 'powertools-sequential', 'set');
    case 'loop':
      return createPeer(endpoint, 'loop', 'set');
    case 'parallel-delete':
      return createPeer(endpoint, 'powertools-parallel', 'delete');
    case 'parallel-delete-list':
      return createPeer(endpoint, 'powertools-parallel', 'delete-list');
  }
}
