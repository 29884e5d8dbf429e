/** One contestant in a process of its own, which handles invocations when it is asked to. */
import { argument, serve } from '../child.ts';
import { type ContestantName, createContestant } from './contestants.ts';
import { createWorkload, type StreamEvent } from './workload.ts';

/** What a worker is told at its start. */
export interface WorkerOptions {
  readonly contestant: ContestantName;
  /** `host:port` of the cache. */
  readonly endpoint: string;
  readonly seed: number;
}

/** So many invocations; or as many as it takes to be warm. */
export type WorkRequest =
  | { readonly kind: 'measure'; readonly batch: number; readonly invocations: number }
  /** `items`: of each invocation. `time`: for how many milliseconds at least. */
  | { readonly kind: 'warm-up'; readonly items: number; readonly time: number };

export interface WorkAnswer {
  records: number;
  /** Milliseconds that passed while events were handled. */
  wall: number;
  /** Milliseconds of this process's CPU meanwhile, user and system, all threads. */
  cpu: number;
}

/** Bytes of an item. */
const ITEM_BYTES = 1_024;

const { contestant: name, endpoint, seed }: WorkerOptions = JSON.parse(argument());
const contestant = await createContestant(name, endpoint);
const workload = createWorkload(seed, ITEM_BYTES);

serve<WorkRequest, WorkAnswer>(async (request) => {
  const total = { records: 0, wall: 0, cpu: 0 };
  if (request.kind === 'measure') {
    for (let i = 0; i < request.invocations; i += 1) await measure(workload.batch(request.batch), total);
    return total;
  }
  // Each item twice at least, so that an entry that begins as a tombstone ends as a value; more, for the compiler.
  for (let round = 0; round < 2 || total.wall < request.time; round += 1)
    await measure(workload.each(request.items), total);
  return total;
});

/** The event is made outside the measurement, since Lambda hands it over; and just before it, so that it is fresh. */
async function measure(event: StreamEvent, total: WorkAnswer): Promise<void> {
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  await contestant(event);
  total.wall += performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  total.cpu += (user + system) / 1_000;
  total.records += event.Records.length;
}
