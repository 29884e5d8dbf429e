import { entryKey, epochKey, generationKey } from '../../../shared/map/cache-key.ts';
import { hours, minutes } from '../../../shared/time.ts';
import { drawRates, type FaultName, type FaultRates, type Loss, NO_FAULTS } from '../engine/faults.ts';
import { Machine } from '../engine/machine.ts';
import { Random } from '../engine/random.ts';
import { Scheduler } from '../engine/scheduler.ts';
import { Trace } from '../engine/trace.ts';
import { Oracle } from '../oracle/oracle.ts';
import type { Violation } from '../oracle/violation.ts';
import type { Design, ProcessParts } from './design.ts';
import { SimulatedLambda } from './lambda.ts';
import { startLosses } from './losses.ts';
import { INDEX_LAG, NAMESPACE, type SimulatedMap, simulatedMap } from './map.ts';
import { Network, type Surroundings } from './network.ts';
import type { Subject, TableRecord, View } from './records.ts';
import { SimulatedStore } from './store.ts';
import { SimulatedStream } from './stream.ts';
import { type Put, QueryResult, SimulatedTable } from './table.ts';

/** What a world is to be. Everything that is left open here is drawn from the seed. */
export interface WorldOptions {
  readonly seed: number;
  readonly design: Design;
  readonly faults: readonly FaultName[];
  /** Instead of what the seed makes of the usual rates. */
  readonly rates?: FaultRates;
  readonly losses?: readonly Loss[];
  /** Items of each entity. */
  readonly items?: number;
  /** Keep a readable trace. */
  readonly trace?: boolean;
  /** Called at the first violation, and at each one after that unless it stops the scheduler. */
  readonly onViolation: (violation: Violation, world: World) => void;
}

/** Half the margin, so that no two clocks differ by more than all of it; DynamoDB's is one of them. */
const MAX_SKEW = 1_000;

/** How long a record takes to appear in the stream, in milliseconds. */
const STREAM_DELAY: readonly [number, number] = [10, 500];

/**
 * One simulated deployment: a table with its stream, a cache, Lambda, and the processes that run the code, all in
 * virtual time under one scheduler.
 */
export class World implements Surroundings {
  readonly scheduler = new Scheduler();
  readonly random: Random;
  readonly trace: Trace;
  readonly oracle: Oracle;
  readonly map: SimulatedMap;
  readonly design: Design;
  readonly subjects: readonly [Subject, ...Subject[]];
  readonly groups: readonly [string, ...string[]] = ['red', 'blue'];
  readonly table: SimulatedTable;
  readonly stream: SimulatedStream;
  readonly store: SimulatedStore;
  readonly lambda: SimulatedLambda;
  readonly losses: { [Name in Loss]: number } = { eviction: 0, restart: 0, failover: 0 };
  rates: Surroundings['rates'];
  /** Nobody begins anything before this time. */
  quietUntil = 0;
  /** Whether no more faults happen. */
  isCalm = false;
  readonly #network: Network;
  /** Store calls that a consumer has under way at once. Few of them, and what it has read grows old before its turn. */
  readonly #concurrency: number;
  readonly #machines: Machine[] = [];
  #processes = 0;

  constructor(options: WorldOptions) {
    const { seed, design, faults, losses = [], onViolation } = options;
    this.random = new Random(seed);
    const drawn = drawRates(faults, this.random);
    this.rates = options.rates ?? drawn;
    this.trace = new Trace(this.scheduler, options.trace ?? false);
    this.design = design;
    this.oracle = new Oracle((violation) => onViolation(violation, this), design.seen);
    this.#network = new Network(this);
    this.map = this.#drawMap();
    this.#concurrency = this.random.pick([1, 2, 64]);

    const { random } = this;
    const view: View = random.chance(0.7) ? 'NEW_AND_OLD_IMAGES' : random.pick(VIEWS);
    this.table = new SimulatedTable(this, this.#network, view, this.#drawSkew());
    this.store = new SimulatedStore(this, this.#network, this.oracle);
    this.subjects = this.#makeSubjects(options.items ?? random.pick([1, 1, 2, 4]));
    if (design.pages) this.#makeResults();
    this.stream = new SimulatedStream(random);
    this.lambda = new SimulatedLambda(this, {
      batchSize: random.pick([1, 2, 5, 10, 25]),
      timeout: random.pick([10_000, 60_000, 900_000]),
      tries: this.rates['dead-letter'] > 0 ? 3 : Number.POSITIVE_INFINITY,
    });
    startLosses(this, losses);
  }

  /** A process with a clock of its own. */
  newProcess(role: string): ProcessParts {
    this.#processes += 1;
    const machine = new Machine(`${role} #${this.#processes}`, this.scheduler, this.#drawSkew());
    return {
      machine,
      store: this.store.client(machine),
      table: this.table.reader(machine),
      map: this.map,
      random: this.random.unit,
      concurrency: this.#concurrency,
    };
  }

  /** A process that lives long enough for its clock to be corrected now and then. */
  newServer(role: string): ProcessParts {
    const parts = this.newProcess(role);
    this.#machines.push(parts.machine);
    return parts;
  }

  newConsumer(parts: ProcessParts): ReturnType<Design['consumer']> {
    return this.design.consumer(parts);
  }

  redrive(records: readonly unknown[], parts: ProcessParts): Promise<void> {
    return this.design.redrive(records, parts);
  }

  /** Somebody writes an item: the change is in the stream from that moment, and visible to Lambda a little later. */
  write(subject: Subject, put: Put | undefined): void {
    const { scheduler, random, rates, trace, stream, lambda } = this;
    if (random.chance(rates.relabel)) stream.switchOn();
    if (random.chance(rates.split) && stream.places < MAX_PLACES) lambda.poll(stream.split());
    const change = this.table.write(subject, put);
    trace.mix(scheduler.now * 1_000);
    if (trace.isKept) trace.line(`table: ${change.eventName} ${subject.pk}/${change.ordinal} p=${put?.p ?? '-'}`);
    lambda.poll(stream.append(change, scheduler.now + random.between(...STREAM_DELAY)));
  }

  /** The event of a change was handled to its end: from now on it must show. */
  handled({ subject, ordinal, results }: TableRecord): void {
    const { now } = this.scheduler;
    if (this.trace.isKept) this.trace.line(`handled: ${subject.pk}/${ordinal}`);
    subject.history.eventHandled(ordinal, now);
    for (const result of results) result.history.handledUpTo(result.ordinal, now);
  }

  /** A process stands still, for a moment or past every deadline; often in a quiet hour, when nobody else comes by. */
  freeze(machine: Machine): void {
    const { random, scheduler, trace } = this;
    const duration = random.chance(0.5) ? random.logBetween(10, 30_000) : random.between(15_000, 180_000);
    machine.freeze(duration, random.chance(0.5));
    if (random.chance(0.5)) this.quietUntil = scheduler.now + duration * random.between(0.5, 2);
    if (trace.isKept) trace.line(`${machine.name} freezes for ${Math.round(duration)} ms`);
  }

  /** Clocks are set right, which is to say wrong in another way. */
  correctClocks(): void {
    for (const machine of this.#machines) if (this.random.chance(0.3)) machine.skew = this.#drawSkew();
  }

  /** No more faults: what is under way comes to its end. */
  calm(): void {
    this.isCalm = true;
    this.rates = NO_FAULTS;
  }

  #drawSkew(): number {
    return this.random.chance(this.rates.skew) ? Math.round(this.random.between(-MAX_SKEW, MAX_SKEW)) : 0;
  }

  #drawMap(): SimulatedMap {
    const { random, rates } = this;
    const ttl = () => (random.chance(rates.expiry) ? minutes(1) : random.pick([minutes(3), hours(1)]));
    return simulatedMap([ttl(), ttl(), ttl(), ttl()]);
  }

  #makeSubjects(items: number): readonly [Subject, ...Subject[]] {
    const subjects: Subject[] = [];
    for (const entity of this.map.entities) {
      for (let i = 1; i <= items; i++) {
        const id = String(i);
        const key = entity.key({ id });
        const pk = String(key.PK);
        const history = this.oracle.item(entryKey(NAMESPACE, entity, key));
        const nothing = { item: undefined, before: undefined, writtenAt: Number.NEGATIVE_INFINITY, image: undefined };
        const subject: Subject = { entity, id, pk, history, ...nothing };
        subjects.push(subject);
        this.table.subjects.set(pk, subject);
      }
    }
    const [first, ...others] = subjects;
    if (first === undefined) throw new Error('a world needs items');
    return [first, ...others];
  }

  #makeResults(): void {
    const { map, oracle, table } = this;
    const { everything, grouped } = map;
    const isMember = ({ entity }: Subject): boolean => everything.of.some(({ name }) => name === entity.name);
    const all = oracle.collection(generationKey(NAMESPACE, everything, {}), pagePrefix(everything, ''));
    oracle.epoch(epochKey(NAMESPACE, everything), [all]);
    table.results.set('', new QueryResult(all, isMember, 0));

    const histories = this.groups.map((group) => {
      const prefix = pagePrefix(grouped, `group=${group}`);
      const history = oracle.collection(generationKey(NAMESPACE, grouped, { group }), prefix);
      table.results.set(group, new QueryResult(history, (_, item) => item.group === group, INDEX_LAG));
      return history;
    });
    oracle.epoch(epochKey(NAMESPACE, grouped), histories);
  }
}

const VIEWS: readonly [View, ...View[]] = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE'];

/** Beyond this, more shards show nothing new. */
const MAX_PLACES = 16;

function pagePrefix({ name, version }: { readonly name: string; readonly version: number }, params: string): string {
  return `{${NAMESPACE}:${name}@${version}}:page:${params}`;
}
