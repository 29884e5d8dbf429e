import { Machine } from '../../test/simulation/engine/machine.ts';
import { Random } from '../../test/simulation/engine/random.ts';
import { Scheduler } from '../../test/simulation/engine/scheduler.ts';
import { takeOverTimers } from '../../test/simulation/engine/timers.ts';
import type { Design, ProcessParts, ReadPath } from './designs/design.ts';
import { type Latencies, Luck, type Trouble } from './latency.ts';
import { Meter } from './meter.ts';
import { restOf, type Scenario, troubleAt } from './scenario.ts';
import { type Request, requestsOf } from './workload.ts';
import { type CacheUse, SimulatedCache } from './world/cache.ts';
import { type ItemKey, partitionOf } from './world/row.ts';
import { type FunctionUse, SimulatedStream } from './world/stream.ts';
import { SimulatedTable, type TableUse } from './world/table.ts';

/** What a design used while it was measured. */
export interface Use {
  readonly table: TableUse;
  readonly cache: CacheUse;
  readonly stream: FunctionUse;
}

/** What one design made of one scenario. */
export interface Run {
  readonly design: Design;
  readonly scenario: Scenario;
  readonly meter: Meter;
  readonly use: Use;
  /** Items and lists that were still answered wrongly when all was at rest, and will be until their TTL ends. */
  readonly staleForever: number;
}

/** Runs one design through a scenario, in virtual time. Not two at once: timers are taken over meanwhile. */
export async function runDesign(design: Design, scenario: Scenario): Promise<Run> {
  const deployment = new Deployment(design, scenario);
  const giveBack = takeOverTimers(deployment.scheduler);
  try {
    return await deployment.run();
  } finally {
    giveBack();
  }
}

/** A process that handles one request at a time, as an execution environment of Lambda does. */
interface Environment {
  readonly parts: ProcessParts;
  readonly luck: Luck;
  readonly readPath: ReadPath;
}

class Deployment {
  readonly scheduler = new Scheduler();
  readonly #design: Design;
  readonly #scenario: Scenario;
  readonly #end: number;
  readonly #meter: Meter;
  readonly #table: SimulatedTable;
  readonly #cache: SimulatedCache;
  readonly #stream: SimulatedStream | undefined;
  /** Environments without a request. */
  readonly #idle: Environment[] = [];
  #processes = 0;
  #requests = 0;

  constructor(design: Design, scenario: Scenario) {
    const { scheduler } = this;
    this.#design = design;
    this.#scenario = scenario;
    this.#end = scenario.warmUp + scenario.duration;
    this.#meter = new Meter(scenario.warmUp, this.#end);
    this.#cache = new SimulatedCache(scheduler);
    this.#table = new SimulatedTable(scheduler, scenario, (change, { luck }) =>
      this.#stream?.append(change, luck.take('stream')),
    );
    const { consumer } = design;
    if (consumer !== undefined) {
      this.#stream = new SimulatedStream(scheduler, scenario.shards, (shard) => {
        const { parts, luck } = this.#newEnvironment(scenario.latencies);
        const consume = consumer(parts);
        return { consume, begin: (invocation) => luck.begin(INVOCATIONS + invocation * scenario.shards + shard) };
      });
    }
  }

  async run(): Promise<Run> {
    const { scheduler } = this;
    let atStart = this.#use();
    let atEnd = atStart;
    let staleForever = 0;
    scheduler.at(this.#scenario.warmUp, () => {
      atStart = this.#use();
    });
    scheduler.at(this.#end, () => {
      atEnd = this.#use();
    });
    scheduler.at(this.#end + restOf(this.#scenario), () => {
      scheduler.wake();
      void this.#countStale().then(
        (count) => {
          staleForever = count;
        },
        (error: unknown) => scheduler.stop(error),
      );
    });
    this.#schedule(requestsOf(this.#scenario));
    await scheduler.run();
    const { scenario, design, meter } = { scenario: this.#scenario, design: this.#design, meter: this.#meter };
    return { design, scenario, meter, use: difference(atEnd, atStart), staleForever };
  }

  #schedule(requests: Iterator<Request>): void {
    const next = requests.next();
    if (next.done) return;
    const request = next.value;
    this.scheduler.at(request.at, () => {
      this.#schedule(requests);
      this.scheduler.wake();
      this.#handle(request).catch((error: unknown) => this.scheduler.stop(error));
    });
  }

  async #handle(request: Request): Promise<void> {
    const environment = this.#idle.pop() ?? this.#newEnvironment(this.#scenario.latencies);
    this.#requests += 1;
    environment.luck.begin(this.#requests);
    if (request.kind === 'write') await this.#write(environment, this.#item(request.item), request.removes);
    else if (request.kind === 'item') await this.#readItem(environment, this.#item(request.item));
    else await this.#readList(environment, String(request.list));
    this.#idle.push(environment);
  }

  async #write(environment: Environment, key: ItemKey, removes: boolean): Promise<void> {
    const { now: at } = this.scheduler;
    const { parts } = environment;
    const change = await parts.table.write(key, removes);
    await this.#design.afterWrite?.(change, parts);
    // Where a function on the stream follows, that is what settles it.
    if (this.#stream === undefined) change.settle();
    this.#meter.write(at, this.scheduler.now - at);
    // Who has made something new looks at it at once.
    if (change.before === undefined) await this.#readItem(environment, key);
  }

  async #readItem({ readPath }: Environment, key: ItemKey): Promise<void> {
    const { now: at } = this.scheduler;
    const { value, isHit } = await readPath.item(key);
    const staleness = this.#table.itemStaleness(key, value, at);
    this.#meter.read({ thing: key.id, at, took: this.scheduler.now - at, isHit, staleness });
  }

  async #readList({ readPath }: Environment, list: string): Promise<void> {
    const { now: at } = this.scheduler;
    const { value, isHit } = await readPath.list(list);
    const staleness = this.#table.listStaleness(list, value, at);
    this.#meter.read({ thing: partitionOf(list), at, took: this.scheduler.now - at, isHit, staleness });
  }

  /** Asks for everything once more, when nothing moves any longer. */
  async #countStale(): Promise<number> {
    if (this.#stream?.isDrained === false) throw new Error('the stream has not come to rest: give it less to do');
    // Without hiccups: a reader that gives up on the cache would not show what is in it.
    const { readPath } = this.#newEnvironment(STILL);
    const { now } = this.scheduler;
    let count = 0;
    for (const key of this.#table.items) {
      const { value } = await readPath.item(key);
      if (this.#table.itemStaleness(key, value, now).age > 0) count += 1;
    }
    for (const list of this.#table.lists) {
      const { value } = await readPath.list(list);
      if (this.#table.listStaleness(list, value, now).age > 0) count += 1;
    }
    return count;
  }

  #newEnvironment(latencies: Latencies): Environment {
    const { seed } = this.#scenario;
    this.#processes += 1;
    const machine = new Machine(`process #${this.#processes}`, this.scheduler, 0);
    const luck = new Luck(seed, latencies, () => this.#trouble());
    const caller = { machine, luck };
    const parts: ProcessParts = {
      machine,
      table: this.#table.client(caller),
      store: this.#cache.store(caller),
      texts: this.#cache.texts(caller),
      random: new Random(seed + this.#processes).unit,
      scenario: this.#scenario,
    };
    return { parts, luck, readPath: this.#design.readPath(parts) };
  }

  #trouble(): Trouble | undefined {
    const { now } = this.scheduler;
    return now < this.#end ? troubleAt(this.#scenario, now) : undefined;
  }

  #item(index: number): ItemKey {
    const key = this.#table.items[index];
    if (key === undefined) throw new Error(`the workload has no item ${index}`);
    return key;
  }

  #use(): Use {
    return {
      table: { ...this.#table.use },
      cache: { ...this.#cache.use },
      stream: { invocations: 0, duration: 0, ...this.#stream?.use },
    };
  }
}

/** Where the occasions of invocations begin, behind those of all requests. */
const INVOCATIONS = 1 << 28;

const INSTANT = { median: 1, spread: 0, hiccups: 0, hiccup: 0 };

const STILL: Latencies = {
  cache: INSTANT,
  read: INSTANT,
  consistentRead: INSTANT,
  write: INSTANT,
  stream: INSTANT,
  replicaLag: INSTANT,
};

function difference({ table, cache, stream }: Use, before: Use): Use {
  return {
    table: {
      reads: table.reads - before.table.reads,
      readUnits: table.readUnits - before.table.readUnits,
      writeUnits: table.writeUnits - before.table.writeUnits,
    },
    cache: { calls: cache.calls - before.cache.calls, bytes: cache.bytes - before.cache.bytes },
    stream: {
      invocations: stream.invocations - before.stream.invocations,
      duration: stream.duration - before.stream.duration,
    },
  };
}
