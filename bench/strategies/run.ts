import { takeOverTimers } from '../../test/simulation/engine/timers.ts';
import type { Design } from './designs/design.ts';
import type { Latencies } from './latency.ts';
import { Meter } from './meter.ts';
import { endOf, restOf, type Scenario } from './scenario.ts';
import { type Request, requestsOf } from './workload.ts';
import { Deployment, difference, type Environment, type Use } from './world/deployment.ts';
import { type ItemKey, partitionOf } from './world/row.ts';

/** What one design made of one scenario. */
export interface Run {
  readonly design: Design;
  readonly scenario: Scenario;
  readonly meter: Meter;
  /** While it was measured. */
  readonly use: Use;
  /** Items and lists that were still answered wrongly when all was at rest, and will be until their TTL ends. */
  readonly staleForever: number;
}

/** Runs one design through a scenario, in virtual time. Not two at once: timers are taken over meanwhile. */
export async function runDesign(design: Design, scenario: Scenario): Promise<Run> {
  const deployment = new Deployment(design, scenario);
  const giveBack = takeOverTimers(deployment.scheduler);
  try {
    return await new Traffic(design, scenario, deployment).run();
  } finally {
    giveBack();
  }
}

/** Sends the workload through a deployment, and notes what became of each request. */
class Traffic {
  readonly #design: Design;
  readonly #scenario: Scenario;
  readonly #deployment: Deployment;
  readonly #meter: Meter;
  /** Environments without a request. */
  readonly #idle: Environment[] = [];
  #requests = 0;

  constructor(design: Design, scenario: Scenario, deployment: Deployment) {
    this.#design = design;
    this.#scenario = scenario;
    this.#deployment = deployment;
    this.#meter = new Meter(scenario.warmUp, endOf(scenario));
  }

  async run(): Promise<Run> {
    const deployment = this.#deployment;
    const { scheduler } = deployment;
    const design = this.#design;
    const scenario = this.#scenario;
    const end = endOf(scenario);
    let atStart = deployment.use();
    let atEnd = atStart;
    let staleForever = 0;
    scheduler.at(scenario.warmUp, () => {
      atStart = deployment.use();
    });
    scheduler.at(end, () => {
      atEnd = deployment.use();
    });
    scheduler.at(end + restOf(scenario), () => {
      this.#begin(async () => {
        staleForever = await this.#countStale();
      });
    });
    this.#schedule(requestsOf(scenario));
    await scheduler.run();
    return { design, scenario, meter: this.#meter, use: difference(atEnd, atStart), staleForever };
  }

  #schedule(requests: Iterator<Request>): void {
    const next = requests.next();
    if (next.done) return;
    const request = next.value;
    this.#deployment.scheduler.at(request.at, () => {
      this.#schedule(requests);
      this.#begin(() => this.#handle(request));
    });
  }

  /** Starts something in the course of a task. What it throws ends the run. */
  #begin(work: () => Promise<void>): void {
    const { scheduler } = this.#deployment;
    scheduler.wake();
    work().catch((error: unknown) => scheduler.stop(error));
  }

  async #handle(request: Request): Promise<void> {
    const environment = this.#idle.pop() ?? this.#deployment.newEnvironment();
    this.#requests += 1;
    environment.luck.begin(this.#requests);
    if (request.kind === 'write') await this.#write(environment, this.#item(request.item), request.removes);
    else if (request.kind === 'item') await this.#readItem(environment, this.#item(request.item));
    else await this.#readList(environment, String(request.list));
    this.#idle.push(environment);
  }

  async #write(environment: Environment, key: ItemKey, removes: boolean): Promise<void> {
    const { scheduler, stream } = this.#deployment;
    const at = scheduler.now;
    const { parts } = environment;
    const change = await parts.table.write(key, removes);
    await this.#design.afterWrite?.(change, parts);
    // Where a function on the stream follows, that is what settles it.
    if (stream === undefined) change.settle();
    this.#meter.write(at, scheduler.now - at);
    // Who has made something new looks at it at once.
    if (change.before === undefined) await this.#readItem(environment, key);
  }

  async #readItem({ readPath }: Environment, key: ItemKey): Promise<void> {
    const { scheduler, table } = this.#deployment;
    const at = scheduler.now;
    const { value, isHit } = await readPath.item(key);
    const staleness = table.itemStaleness(key, value, at);
    this.#meter.read({ thing: key.id, at, took: scheduler.now - at, isHit, staleness });
  }

  async #readList({ readPath }: Environment, list: string): Promise<void> {
    const { scheduler, table } = this.#deployment;
    const at = scheduler.now;
    const { value, isHit } = await readPath.list(list);
    const staleness = table.listStaleness(list, value, at);
    this.#meter.read({ thing: partitionOf(list), at, took: scheduler.now - at, isHit, staleness });
  }

  /** Asks for everything once more, when nothing moves any longer. */
  async #countStale(): Promise<number> {
    const { scheduler, table, stream } = this.#deployment;
    if (stream?.isDrained === false) throw new Error('the stream has not come to rest: give it less to do');
    // Without hiccups: a reader that gives up on the cache would not show what is in it.
    const { readPath } = this.#deployment.newEnvironment(STILL);
    const { now } = scheduler;
    let count = 0;
    for (const key of table.items) {
      const { value } = await readPath.item(key);
      if (table.itemStaleness(key, value, now).age > 0) count += 1;
    }
    for (const list of table.lists) {
      const { value } = await readPath.list(list);
      if (table.listStaleness(list, value, now).age > 0) count += 1;
    }
    return count;
  }

  #item(index: number): ItemKey {
    const key = this.#deployment.table.items[index];
    if (key === undefined) throw new Error(`the workload has no item ${index}`);
    return key;
  }
}

const INSTANT = { median: 1, spread: 0, hiccups: 0, hiccup: 0 };

const STILL: Latencies = {
  cache: INSTANT,
  read: INSTANT,
  consistentRead: INSTANT,
  write: INSTANT,
  stream: INSTANT,
  replicaLag: INSTANT,
};
