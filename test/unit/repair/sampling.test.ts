import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../shared/store/memory.ts';
import { createSync, type SyncResult } from '../../../shared/sync/batch.ts';
import type { Sampling } from '../../../shared/sync/sampling.ts';
import { createTestClock } from '../../support/clock.ts';
import { map, NAMESPACE, userKey, userRecord } from '../../support/repair.ts';

type Pick = Parameters<Sampling['send']>[0][number];

let sent: (readonly Pick[])[];
beforeEach(() => {
  sent = [];
});

const send: Sampling['send'] = async (picks) => void sent.push(picks);
const everything: Sampling = { share: 1, random: () => 0.999, most: 10, send };

/** Syncs one batch of inserts over a cache of its own. */
function syncUsers(
  usernames: readonly string[],
  options: { sampling?: Sampling; storeIsDown?: boolean; left?: number } = {},
) {
  const { sampling, storeIsDown = false, left = 30_000 } = options;
  const clock = createTestClock();
  const store = createMemoryStore({ clock });
  const quarantine = async () => {};
  const sync = createSync({ map, namespace: NAMESPACE, store, clock, quarantine, ...(sampling && { sampling }) });
  const Records = usernames.map((username, i) =>
    userRecord(username, { type: 'INSERT', sequence: i + 1, createdAt: clock.now() }),
  );
  return (storeIsDown ? store.close() : Promise.resolve()).then(() => sync({ Records }, () => left));
}

const users = (count: number): string[] => Array.from({ length: count }, (_, i) => `user${i}`);
const picked = (): number => sent.flat().length;

describe('the share', () => {
  it('of 1 picks every key that was applied, once, in one go', async () => {
    await syncUsers(['alice', 'bob', 'alice'], { sampling: everything });

    expect(sent).toEqual([
      [
        { entity: 'user', primaryKey: userKey('alice') },
        { entity: 'user', primaryKey: userKey('bob') },
      ],
    ]);
  });

  it('of 0 picks none, and sends nothing', async () => {
    await syncUsers(users(20), { sampling: { ...everything, share: 0, random: () => 0 } });

    expect(sent).toEqual([]);
  });

  it('in between picks by chance', async () => {
    const draws = [0.009, 0.01, 0.5, 0.0];
    await syncUsers(users(4), { sampling: { ...everything, share: 0.01, random: () => draws.shift() ?? 1 } });

    expect(sent.flat().map(({ primaryKey }) => primaryKey)).toEqual([userKey('user0'), userKey('user3')]);
  });

  it('picks no more of one batch than is said', async () => {
    await syncUsers(users(30), { sampling: everything });

    expect(picked()).toBe(10);
  });
});

describe('sampling', () => {
  it('leaves out keys that were not applied', async () => {
    const { response } = await syncUsers(users(2), { sampling: everything, storeIsDown: true });

    expect(response.batchItemFailures).toHaveLength(1);
    expect(sent).toEqual([]);
  });

  it.each<[string, Sampling]>([
    ['it works', everything],
    ['the queue fails', { ...everything, send: () => Promise.reject(new Error('no queue')) }],
  ])('changes nothing in what the batch came to when %s', async (_, sampling) => {
    const comparable = ({ response, report }: SyncResult) => ({ response, report });

    expect(comparable(await syncUsers(users(3), { sampling }))).toEqual(comparable(await syncUsers(users(3))));
  });

  it('is left out when the invocation is about to end', async () => {
    const { response } = await syncUsers(users(3), { sampling: everything, left: 4_000 });

    expect(response).toEqual({ batchItemFailures: [] });
    expect(sent).toEqual([]);
  });
});
