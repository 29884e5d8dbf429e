/** One contestant in a process of its own, which handles invocations when it is asked to. */
import { argument, serve } from '../child.ts';
import { type ContestantName, createContestant } from './contestants.ts';
import { createWorkload } from './workload.ts';

/** What a worker is told at its start. */
export interface WorkerOptions {
  readonly contestant: ContestantName;
  /** `host:port` of the cache. */
  readonly endpoint: string;
  readonly seed: number;
}

/** Handles so many invocations; of every item, if no size of a batch is given. */
export interface WorkRequest {
  readonly batch?: number;
  readonly invocations: number;
}

export interface WorkAnswer {
  readonly records: number;
  /** Milliseconds that passed while events were handled. */
  readonly wall: number;
  /** Milliseconds of this process's CPU meanwhile, user and system, all threads. */
  readonly cpu: number;
}

/** Bytes of an item. */
const ITEM_BYTES = 1_024;

const { contestant: name, endpoint, seed }: WorkerOptions = JSON.parse(argument());
const contestant = await createContestant(name, endpoint);
const workload = createWorkload(seed, ITEM_BYTES);

serve<WorkRequest, WorkAnswer>(async ({ batch, invocations }) => {
  let records = 0;
  let wall = 0;
  let cpu = 0;
  for (let i = 0; i < invocations; i += 1) {
    // Made outside the measurement, since Lambda hands a function its event; and just before it, so that it is fresh.
    const event = batch === undefined ? workload.everything() : workload.batch(batch);
    const cpuBefore = process.cpuUsage();
    const start = performance.now();
    await contestant(event);
    wall += performance.now() - start;
    const { user, system } = process.cpuUsage(cpuBefore);
    cpu += (user + system) / 1_000;
    records += event.Records.length;
  }
  return { records, wall, cpu };
});
