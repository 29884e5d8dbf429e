import type { Loss } from '../engine/faults.ts';
import type { Slot } from './store.ts';
import type { World } from './world.ts';

/** Milliseconds between two losses, on average. */
const INTERVAL: { readonly [Name in Loss]: number } = { eviction: 2_000, restart: 60_000, failover: 60_000 };

/** Milliseconds of writes that a failover loses. */
const FAILOVER_LOSES = 1_000;

/** The longest that losses go on for, so that a world comes to rest. */
const LAST = 40 * 3_600_000;

interface Undo {
  readonly slot: Slot;
  readonly bytes: Uint8Array | undefined;
  readonly expiresAt: number;
  readonly at: number;
}

/** Makes the store lose what the guarantees assume that it keeps. */
export function startLosses(world: World, losses: readonly Loss[]): void {
  const { scheduler, random, store, trace } = world;
  const recent: Undo[] = [];
  if (losses.includes('failover')) {
    store.onWrite = (slot) => {
      while (recent[0] !== undefined && recent[0].at < scheduler.now - FAILOVER_LOSES) recent.shift();
      recent.push({ slot, bytes: slot.bytes, expiresAt: slot.expiresAt, at: scheduler.now });
    };
  }
  const strike: { readonly [Name in Loss]: () => void } = {
    eviction: () => {
      const slots = [...store.slots()].filter(({ bytes }) => bytes !== undefined);
      const slot = slots[random.below(slots.length)];
      if (slot !== undefined) store.replace(slot, undefined, 0);
    },
    restart: () => {
      for (const slot of store.slots()) store.replace(slot, undefined, 0);
    },
    failover: () => {
      for (const { slot, bytes, expiresAt } of recent.splice(0).reverse()) store.replace(slot, bytes, expiresAt);
    },
  };
  for (const loss of losses) {
    const again = (): void => {
      scheduler.after(random.unit() * 2 * INTERVAL[loss], () => {
        if (trace.isKept) trace.line(`store: ${loss}`);
        strike[loss]();
        world.losses[loss] += 1;
        if (scheduler.now < LAST && !world.isCalm) again();
      });
    };
    again();
  }
}
