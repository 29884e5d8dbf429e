import { describe, expect, it } from 'vitest';
import { createExpiringMap } from '../../shared/store/expiring-map.ts';
import { createMemoryStore } from '../../shared/store/memory.ts';
import { hours, minutes, seconds } from '../../shared/time.ts';
import { describeStoreContract } from '../contract/store-contract.ts';
import { createTestClock } from '../support/clock.ts';
import { bytes, entryKey } from '../support/keys.ts';

describeStoreContract('memory', async () => {
  const clock = createTestClock();
  const entries = createExpiringMap<Uint8Array>(() => clock.now());
  const maxValueBytes = 64 * 1024;
  return {
    open: async () => createMemoryStore({ clock, entries, maxTtl: hours(24), maxValueBytes }),
    pass: async (duration) => clock.advance(duration),
    maxValueBytes,
    close: async () => {},
  };
});

describe('memory store', () => {
  it('cuts TTLs to the longest that it was given', async () => {
    const clock = createTestClock();
    const store = createMemoryStore({ clock, maxTtl: minutes(1) });
    const key = entryKey();
    await store.setIfAbsent(key, bytes('value'), hours(1));
    clock.advance(seconds(61));

    expect(await store.get(key)).toBeUndefined();
  });

  it('lets go of entries that have expired, though nobody asks for them again', async () => {
    const clock = createTestClock();
    const entries = createExpiringMap<Uint8Array>(() => clock.now());
    const store = createMemoryStore({ clock, entries });
    for (let round = 0; round < 50; round += 1) {
      for (let index = 0; index < 100; index += 1) await store.setIfAbsent(entryKey(), bytes('value'), seconds(1));
      clock.advance(seconds(2));
    }

    // 5,000 were written; those of a round or two may still be there.
    expect(entries.size).toBeLessThanOrEqual(300);
  });
});
