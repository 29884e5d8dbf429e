import type { ItemHistory } from '../oracle/item-history.ts';
import { ABSENT, type Content } from '../oracle/item-history.ts';
import { ordinalOf } from '../oracle/seen.ts';
import type { Design, ProcessParts } from './design.ts';
import { PAGE_SIZE, type SimulatedEntity } from './map.ts';
import type { Subject } from './records.ts';
import type { World } from './world.ts';

/** Who asks and writes. */
export interface WorkloadOptions {
  /** Reader processes, and the requests that each has under way at once. */
  readonly readers: number;
  readonly concurrency: number;
  readonly writers: number;
  /** Writes per request, roughly. */
  readonly writeShare: number;
  /** One pace, no pauses, and no item that everybody is after. */
  readonly steady: boolean;
  /** Whether more is to be done; asked before each request. */
  readonly goOn: () => boolean;
}

/** Milliseconds that somebody thinks between two requests, on average; each phase has its own. */
const PACE: readonly [number, number] = [1, 20_000];

/** Milliseconds for which nothing happens between two phases. */
const PAUSE: readonly [number, number] = [1_000, 3 * 3_600_000];

/** Requests to a phase, on average. */
const PHASE = 300;

/**
 * Readers and writers, in phases of their own pace, each with one item that most of them are after, and with pauses
 * between in which entries expire and deadlines pass.
 */
export class Workload {
  requests = 0;
  readonly #world: World;
  readonly #options: WorkloadOptions;
  #pace = 10;
  #hot: Subject;
  #hotToWrite: Subject;
  /** The items of each entity. */
  readonly #families: ReadonlyMap<SimulatedEntity, readonly Subject[]>;

  constructor(world: World, options: WorkloadOptions) {
    this.#world = world;
    this.#options = options;
    this.#hot = world.random.pick(world.subjects);
    this.#hotToWrite = this.#hot;
    this.#families = Map.groupBy(world.subjects, ({ entity }) => entity);
  }

  start(): void {
    const { readers, writers } = this.#options;
    for (let i = 0; i < readers; i++) this.#startReader();
    for (let i = 0; i < writers; i++) this.#think(() => this.#writeOne());
  }

  #startReader(): void {
    const { world, options } = { world: this.#world, options: this.#options };
    const process = new ReaderProcess(world, world.newServer('reader'));
    const { machine } = process.parts;
    machine.onArrival = (from) => {
      const { random, rates, trace } = world;
      // What matters most is what happens between a read of the table and the fill that follows it.
      if (random.chance(from === 'table' ? 10 * rates.freeze : rates.freeze)) {
        world.freeze(machine);
      } else if (random.chance(rates.death)) {
        machine.kill();
        if (trace.isKept) trace.line(`${machine.name} dies`);
        this.#think(() => this.#startReader());
      }
    };
    for (let i = 0; i < options.concurrency; i++) this.#readNext(process);
  }

  #readNext(process: ReaderProcess): void {
    this.#think(() => {
      if (!process.parts.machine.alive || !this.#options.goOn()) return;
      this.#world.scheduler.wake();
      void this.#readOne(process).then(() => this.#readNext(process));
    });
  }

  #readOne(process: ReaderProcess): Promise<void> {
    const { random, groups, design } = this.#world;
    this.#count();
    const subject = this.#subject(this.#hot);
    const draw = random.unit();
    if (draw < 0.8 || (draw >= 0.95 && !design.pages)) return process.get(subject);
    if (draw < 0.95) {
      const family = this.#families.get(subject.entity) ?? [];
      const start = Math.max(0, random.below(family.length) - 3);
      return process.getMany(family.slice(start, start + 4));
    }
    return process.query(random.chance(0.5) ? undefined : random.pick(groups), random.chance(0.2));
  }

  #writeOne(): void {
    if (!this.#options.goOn()) return;
    this.#count();
    const { random, groups } = this.#world;
    const subject = this.#subject(this.#hotToWrite);
    const { item, before, history } = subject;
    if (item !== undefined && random.chance(0.2)) this.#world.write(subject, undefined);
    else {
      const draw = random.unit();
      // Now and then a write that the projection does not show, or one that shows again what was there before.
      const p = item && draw < 0.1 ? item.p : before && draw < 0.15 ? before.p : history.ordinal + 1;
      const group = item === undefined || random.chance(0.1) ? random.pick(groups) : item.group;
      this.#world.write(subject, { p, group });
    }
    this.#think(() => this.#writeOne(), 1 / this.#options.writeShare);
  }

  #subject(hot: Subject): Subject {
    const { random, subjects } = this.#world;
    return !this.#options.steady && random.chance(0.6) ? hot : random.pick(subjects);
  }

  #think(then: () => void, factor = 1): void {
    const { scheduler, random } = this.#world;
    const start = Math.max(scheduler.now, this.#world.quietUntil);
    scheduler.at(start + random.unit() * 2 * this.#pace * factor, then);
  }

  #count(): void {
    this.requests += 1;
    const { scheduler, random, subjects } = this.#world;
    if (this.#options.steady || !random.chance(1 / PHASE)) return;
    this.#pace = random.logBetween(...PACE);
    this.#hot = random.pick(subjects);
    // Items that are written and hardly ever read are another story than those that everybody is after.
    this.#hotToWrite = random.chance(0.7) ? this.#hot : random.pick(subjects);
    if (random.chance(0.5)) this.#world.quietUntil = scheduler.now + random.logBetween(...PAUSE);
    if (random.chance(0.2)) this.#world.correctClocks();
  }
}

/** A process that reads, and what it must at least know: events that were handled before it was asked. */
export class ReaderProcess {
  readonly parts: ProcessParts;
  readonly #world: World;
  readonly #reader: ReturnType<Design['reader']>;
  /** For each item that is being asked for: since when at the latest. Concurrent requests share their reads. */
  readonly #asked = new Map<ItemHistory, { count: number; readonly handled: number }>();

  constructor(world: World, parts: ProcessParts) {
    this.#world = world;
    this.parts = parts;
    this.#reader = world.design.reader(parts);
  }

  async get(subject: Subject): Promise<void> {
    const handled = this.#ask(subject);
    try {
      const { value } = await this.#reader.get(subject.entity, { id: subject.id });
      this.#answered(subject, value === undefined ? ABSENT : value.p, handled);
    } catch (error) {
      this.#failed(subject.history.key, error);
    }
  }

  /** @param subjects all of one entity */
  async getMany(subjects: readonly Subject[]): Promise<void> {
    const [first] = subjects;
    if (first === undefined) return;
    const handled = subjects.map((subject) => this.#ask(subject));
    try {
      const results = await this.#reader.getMany(
        first.entity,
        subjects.map(({ id }) => ({ id })),
      );
      subjects.forEach((subject, i) => {
        const value = results[i]?.value;
        this.#answered(subject, value === undefined ? ABSENT : value.p, handled[i] ?? 0);
      });
    } catch (error) {
      this.#failed(first.history.key, error);
    }
  }

  /** @param group `undefined` for everything */
  async query(group: string | undefined, alsoNext: boolean): Promise<void> {
    const { everything, grouped } = this.#world.map;
    const result = this.#world.table.results.get(group ?? '');
    if (result === undefined) return;
    const ask = (page: { cursor?: string }) =>
      group === undefined ? this.#reader.query(everything, {}, page) : this.#reader.query(grouped, { group }, page);
    try {
      const { cursor, items } = await ask({});
      this.#world.trace.mix(cursor === undefined ? -1 : ordinalOf(cursor));
      if (alsoNext && cursor !== undefined && items.length === PAGE_SIZE) await ask({ cursor });
    } catch (error) {
      this.#failed(result.history.key, error);
    }
  }

  #ask({ history }: Subject): number {
    const asked = this.#asked.get(history);
    if (asked !== undefined) {
      asked.count += 1;
      return asked.handled;
    }
    const { handled } = history;
    this.#asked.set(history, { count: 1, handled });
    return handled;
  }

  #answered({ history }: Subject, answer: Content, handled: number): void {
    const asked = this.#asked.get(history);
    if (asked !== undefined && --asked.count === 0) this.#asked.delete(history);
    this.#world.trace.mix(answer);
    this.#world.oracle.answered(history, answer, handled);
  }

  #failed(key: string, error: unknown): void {
    const what = `a reader threw ${error instanceof Error ? error.message : String(error)}`;
    this.#world.oracle.report({ promised: 'error', key, what });
  }
}
