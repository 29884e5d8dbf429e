/** Handles large events, against a store in memory, and tells what they cost. Needs `--expose-gc`. */
import { setImmediate } from 'node:timers/promises';
import { defineCacheMap } from '../../../shared/index.ts';
import { createMemoryStore } from '../../../shared/store/memory.ts';
import { createSync } from '../../../shared/sync/batch.ts';
import { plan } from '../../../shared/sync/plan.ts';
import { systemClock } from '../../../shared/time.ts';
import { argument, serve } from '../child.ts';
import { createWorkload } from '../sync/workload.ts';
import { thing } from '../things.ts';

export interface ScaleRequest {
  readonly records: number;
  readonly invocations: number;
}

export interface ScaleAnswer {
  /** Microseconds of CPU, without the collector's helpers: the figure is a slope, and they come in bursts. */
  readonly planPerRecord: number;
  /** Microseconds of CPU: plan, decisions and report; the store is in memory. */
  readonly syncPerRecord: number;
  /** Bytes of the event as JSON. */
  readonly eventBytes: number;
  /** The most bytes that the heap and its buffers held beyond the event, what is to be collected included. */
  readonly heapBeyondEvent: number;
}

/** As small as items are: 10,000 changes of them are more than the 6 MB that Lambda delivers at most. */
const ITEM_BYTES = 130;

const { seed }: { seed: number } = JSON.parse(argument());
const workload = createWorkload(seed, ITEM_BYTES);
const map = defineCacheMap({ entities: [thing] });
const sync = createSync({
  map,
  namespace: 'scale',
  store: createMemoryStore(),
  clock: systemClock,
  quarantine: (records) => Promise.reject(new Error(`${records.length} records were not understood`)),
});

serve<ScaleRequest, ScaleAnswer>(async ({ records, invocations }) => {
  let planTime = 0;
  let syncTime = 0;
  let heap = 0;
  let eventBytes = 0;
  for (let i = 0; i < invocations; i += 1) {
    const event = workload.each(records);
    eventBytes = Buffer.byteLength(JSON.stringify(event));
    planTime += await cpuOf(() => plan(event.Records, map, 'scale'));
    globalThis.gc?.();
    const before = heldBytes();
    const sampling = sampleHeap();
    syncTime += await cpuOf(() => sync(event, () => 60_000));
    heap = Math.max(heap, (await sampling.stop()) - before);
  }
  const handled = records * invocations;
  return {
    planPerRecord: planTime / handled,
    syncPerRecord: syncTime / handled,
    eventBytes,
    heapBeyondEvent: heap,
  };
});

/** Microseconds of this thread's CPU. */
async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
}

function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Looks at the heap whenever the work gives way, and when it is done. */
function sampleHeap(): { stop(): Promise<number> } {
  let highest = 0;
  let stopped = false;
  const look = (): void => {
    highest = Math.max(highest, heldBytes());
  };
  const looking = (async () => {
    while (!stopped) {
      look();
      await setImmediate();
    }
  })();
  return {
    async stop() {
      look();
      stopped = true;
      await looking;
      return highest;
    },
  };
}
