import type { Machine } from '../engine/machine.ts';
import type { Trace } from '../engine/trace.ts';
import type { Consumer, ProcessParts } from './design.ts';
import type { Surroundings } from './network.ts';
import type { TableRecord } from './records.ts';
import type { Shard, SimulatedStream } from './stream.ts';

/** A process of the stream consumer. */
interface Environment {
  readonly machine: Machine;
  readonly consume: Consumer;
}

/** How Lambda is configured. */
export interface LambdaOptions {
  readonly batchSize: number;
  /** Longest duration of an invocation, in milliseconds. */
  readonly timeout: number;
  /** How often a batch is tried before it goes to the failure queue; unlimited when nothing is dead-lettered. */
  readonly tries: number;
}

/** What Lambda needs of the world around it. */
export interface LambdaParts extends Surroundings {
  readonly trace: Trace;
  readonly stream: SimulatedStream;
  newProcess(role: string): ProcessParts;
  newConsumer(parts: ProcessParts): Consumer;
  redrive(records: readonly unknown[], parts: ProcessParts): Promise<void>;
  handled(record: TableRecord): void;
  freeze(machine: Machine): void;
}

/**
 * Lambda's event source mapping: reads each shard in order, one batch at a time, retries what failed, and sends to a
 * failure queue what keeps failing. Everything that it may do beside that is a fault.
 */
export class SimulatedLambda {
  /** Batches delivered, all retries and duplicates included. */
  invocations = 0;
  readonly #parts: LambdaParts;
  readonly #options: LambdaOptions;
  readonly #environments = new Map<Shard, Environment>();
  readonly #busy = new Set<Shard>();

  constructor(parts: LambdaParts, options: LambdaOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Something may be there to be read. Harmless to ask twice. */
  poll(shard: Shard): void {
    if (shard.blocked || this.#busy.has(shard)) return;
    const first = shard.queue[shard.next];
    if (first === undefined) {
      if (shard.closed) this.#release(shard);
      return;
    }
    const { scheduler } = this.#parts;
    const from = Math.max(first.availableAt, shard.stalledUntil);
    this.#busy.add(shard);
    scheduler.at(from, () => this.#deliver(shard, 1));
  }

  /** The next records of a shard, delivered for the n-th time. */
  #deliver(shard: Shard, tries: number): void {
    const { scheduler, random, rates } = this.#parts;
    if (tries === 1 && random.chance(rates.lag)) {
      shard.stalledUntil = scheduler.now + random.logBetween(1_000, 3 * HOUR);
      this.#busy.delete(shard);
      this.poll(shard);
      return;
    }
    const batch: TableRecord[] = [];
    for (let at = shard.next; batch.length < this.#options.batchSize; at++) {
      const queued = shard.queue[at];
      if (queued === undefined || queued.availableAt > scheduler.now) break;
      batch.push(queued.record);
    }
    this.#invoke(shard, batch, tries);
    if (random.chance(rates.duplicate)) this.#duplicate(batch);
    if (random.chance(rates.redrive)) this.#redeliverOld();
  }

  #invoke(shard: Shard, batch: readonly TableRecord[], tries: number): void {
    const { scheduler, random, rates } = this.#parts;
    const environment = this.#environments.get(shard) ?? this.#environment(shard.name);
    this.#environments.set(shard, environment);
    let isOpen = true;

    /** Whatever becomes of this invocation, Lambda does not wait for it any longer. */
    const giveUp = (): void => {
      if (!isOpen) return;
      isOpen = false;
      environment.machine.onArrival = undefined;
      this.#environments.delete(shard);
      scheduler.after(random.logBetween(1, 5_000), () => this.#retry(shard, batch, tries));
    };
    const deadline = scheduler.now + this.#options.timeout;
    environment.machine.onArrival = this.#misfortune(environment.machine, deadline, giveUp);

    void this.#consume(environment, batch, deadline).then((failedFrom) => {
      if (!isOpen) return;
      isOpen = false;
      environment.machine.onArrival = undefined;
      if (this.#parts.trace.isKept) this.#parts.trace.line(`${environment.machine.name} done, ${failedFrom} handled`);
      for (const record of batch.slice(0, failedFrom)) this.#parts.handled(record);
      shard.next += failedFrom;
      if (failedFrom < batch.length) {
        const delay = random.logBetween(1, 2_000) * (rates.unavailable > 0 ? 1 : 0);
        scheduler.after(delay, () => this.#retry(shard, batch.slice(failedFrom), failedFrom > 0 ? 1 : tries));
        return;
      }
      this.#busy.delete(shard);
      this.poll(shard);
    });
  }

  /** Runs the code; answers how many records of the batch were handled. */
  async #consume({ machine, consume }: Environment, batch: readonly TableRecord[], deadline: number): Promise<number> {
    const { scheduler, trace } = this.#parts;
    this.invocations += 1;
    if (trace.isKept) trace.line(`${machine.name} gets ${batch.map(nameOf).join(', ')}`);
    try {
      const Records = batch.map(({ event }) => event);
      const { response } = await consume({ Records }, () => deadline - scheduler.now);
      const [failure] = response.batchItemFailures;
      if (failure === undefined) return batch.length;
      const index = batch.findIndex(({ sequence }) => sequence === failure.itemIdentifier);
      return Math.max(index, 0);
    } catch {
      return 0;
    }
  }

  #retry(shard: Shard, batch: readonly TableRecord[], tries: number): void {
    const { random, rates } = this.#parts;
    if (tries >= this.#options.tries && random.chance(rates['dead-letter'])) {
      shard.next += batch.length;
      this.#sendToFailureQueue(batch);
      this.#busy.delete(shard);
      this.poll(shard);
      return;
    }
    this.#deliver(shard, tries + 1);
  }

  #sendToFailureQueue(batch: readonly TableRecord[]): void {
    const { scheduler, random, trace } = this.#parts;
    if (trace.isKept) trace.line(`to the failure queue: ${batch.map(nameOf).join(', ')}`);
    const attempt = async (): Promise<void> => {
      const parts = this.#parts.newProcess('redrive');
      try {
        await this.#parts.redrive(
          batch.map(({ event }) => event),
          parts,
        );
      } catch {
        scheduler.after(random.logBetween(10, 60_000), () => void attempt());
        return;
      }
      for (const record of batch) this.#parts.handled(record);
    };
    scheduler.after(random.logBetween(10, 10 * HOUR), () => void attempt());
  }

  /** The same batch, or a part of it, once more, beside everything else. Nobody waits for its outcome. */
  #duplicate(batch: readonly TableRecord[]): void {
    const { scheduler, random } = this.#parts;
    const start = random.chance(0.5) ? 0 : random.below(batch.length);
    const end = random.chance(0.5) ? batch.length : start + 1 + random.below(batch.length - start);
    scheduler.after(random.logBetween(0.1, 90_000), () => this.#aside('duplicate', batch.slice(start, end)));
  }

  /** Events from any time, also doubled and out of order. */
  #redeliverOld(): void {
    const { random, stream, scheduler } = this.#parts;
    const { history } = stream;
    const records: TableRecord[] = [];
    const isOrdered = random.chance(0.5);
    let at = random.below(history.length);
    for (let count = 1 + random.below(this.#options.batchSize); count > 0; count--) {
      const record = history[at];
      if (record !== undefined) records.push(record);
      at = isOrdered ? at + 1 : random.below(history.length);
    }
    const delay = random.chance(0.5) ? random.logBetween(1, 60_000) : random.logBetween(HOUR, 72 * HOUR);
    scheduler.after(delay, () => this.#aside('redelivery', records));
  }

  #aside(role: string, records: readonly TableRecord[]): void {
    if (records.length === 0) return;
    const environment = this.#environment(role);
    const { timeout } = this.#options;
    void this.#consume(environment, records, this.#parts.scheduler.now + timeout);
  }

  #environment(role: string): Environment {
    const parts = this.#parts.newProcess(role);
    return { machine: parts.machine, consume: this.#parts.newConsumer(parts) };
  }

  /** What strikes an invocation at one of its awaits: a timeout, a kill, or a successor that starts too early. */
  #misfortune(machine: Machine, deadline: number, giveUp: () => void): () => void {
    const { scheduler, random, rates, trace } = this.#parts;
    const kills = random.chance(rates.kill);
    const strikes = kills || random.chance(rates.zombie);
    let awaits = strikes ? 1 + random.below(random.chance(0.5) ? 3 : 12) : Number.POSITIVE_INFINITY;
    return () => {
      awaits -= 1;
      if (awaits > 0 && scheduler.now <= deadline) return;
      if (trace.isKept) trace.line(`${machine.name} ${kills || awaits > 0 ? 'is killed' : 'is given up but runs on'}`);
      giveUp();
      if (kills || awaits > 0) machine.kill();
      else if (random.chance(0.7)) this.#parts.freeze(machine);
    };
  }

  /** A shard has been read to its end: now its children can be. */
  #release(shard: Shard): void {
    this.#environments.delete(shard);
    for (const child of shard.children.splice(0)) {
      child.blocked = false;
      this.poll(child);
    }
  }
}

const HOUR = 3_600_000;

function nameOf({ subject, ordinal }: TableRecord): string {
  return `${subject.pk}/${ordinal}`;
}
