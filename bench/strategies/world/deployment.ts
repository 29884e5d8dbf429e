import { Machine } from '../../../test/simulation/engine/machine.ts';
import { Random } from '../../../test/simulation/engine/random.ts';
import { Scheduler } from '../../../test/simulation/engine/scheduler.ts';
import type { Design, ProcessParts, ReadPath } from '../designs/design.ts';
import { type Latencies, Luck, type Trouble } from '../latency.ts';
import { endOf, type Scenario, troubleAt } from '../scenario.ts';
import { type CacheUse, SimulatedCache } from './cache.ts';
import { type FunctionUse, SimulatedStream } from './stream.ts';
import { SimulatedTable, type TableUse } from './table.ts';

/** What a design used. */
export interface Use {
  readonly table: Readonly<TableUse>;
  readonly cache: Readonly<CacheUse>;
  readonly stream: Readonly<FunctionUse>;
}

/** A process that handles one request at a time, as an execution environment of Lambda does. */
export interface Environment {
  readonly parts: ProcessParts;
  readonly luck: Luck;
  readonly readPath: ReadPath;
}

/** One design deployed: a table, a cache, and the function on the table's stream where the design has one. */
export class Deployment {
  readonly scheduler = new Scheduler();
  readonly table: SimulatedTable;
  readonly stream: SimulatedStream | undefined;
  readonly #design: Design;
  readonly #scenario: Scenario;
  readonly #cache: SimulatedCache;
  #processes = 0;

  constructor(design: Design, scenario: Scenario) {
    const { scheduler } = this;
    this.#design = design;
    this.#scenario = scenario;
    this.#cache = new SimulatedCache(scheduler);
    this.table = new SimulatedTable(scheduler, scenario, (change, { luck }) =>
      this.stream?.append(change, luck.take('stream')),
    );
    const { consumer } = design;
    if (consumer !== undefined) {
      this.stream = new SimulatedStream(scheduler, scenario.shards, (shard) => {
        const { parts, luck } = this.newEnvironment();
        const consume = consumer(parts);
        return { consume, begin: (invocation) => luck.begin(INVOCATIONS + invocation * scenario.shards + shard) };
      });
    }
  }

  /** A process whose calls take as long as the scenario says, unless other latencies are given. */
  newEnvironment(latencies: Latencies = this.#scenario.latencies): Environment {
    const { seed } = this.#scenario;
    this.#processes += 1;
    const machine = new Machine(`process #${this.#processes}`, this.scheduler, 0);
    const luck = new Luck(seed, latencies, () => this.#trouble());
    const caller = { machine, luck };
    const parts: ProcessParts = {
      machine,
      table: this.table.client(caller),
      store: this.#cache.store(caller),
      texts: this.#cache.texts(caller),
      random: new Random(seed + this.#processes).unit,
      scenario: this.#scenario,
    };
    return { parts, luck, readPath: this.#design.readPath(parts) };
  }

  /** What has been used so far. */
  use(): Use {
    return {
      table: { ...this.table.use },
      cache: { ...this.#cache.use },
      stream: { invocations: 0, duration: 0, ...this.stream?.use },
    };
  }

  #trouble(): Trouble | undefined {
    const { now } = this.scheduler;
    return now < endOf(this.#scenario) ? troubleAt(this.#scenario, now) : undefined;
  }
}

/** What was used between two moments. */
export function difference({ table, cache, stream }: Use, before: Use): Use {
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

/** Where the occasions of invocations begin, behind those of all requests. */
const INVOCATIONS = 1 << 28;
