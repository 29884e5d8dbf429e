import type { Item } from '../../../shared/entry/item.ts';
import { entryKey } from '../../../shared/map/cache-key.ts';
import { defineCacheMap } from '../../../shared/map/cache-map.ts';
import { entity } from '../../../shared/map/entity.ts';
import { createReader } from '../../../shared/read/reader.ts';
import type { TableReader } from '../../../shared/read/table.ts';
import { createSync } from '../../../shared/sync/batch.ts';
import { type Clock, minutes, seconds } from '../../../shared/time.ts';
import { EPOCH } from '../engine/machine.ts';
import { ABSENT, ItemHistory } from '../oracle/item-history.ts';
import { seenEntry } from '../oracle/seen.ts';
import type { Violation } from '../oracle/violation.ts';
import { Actor, type Cell, type Request, type Stage, textOf } from './actor.ts';

/** What may happen in a small world, all of it at any moment. */
export interface Scope {
  readonly name: string;
  readonly readers: number;
  /** The item's states, in order; `undefined` for a removal. */
  readonly writes: readonly (number | undefined)[];
  readonly onChange: 'refresh' | 'invalidate';
  readonly versioned: boolean;
  /** Invocations that Lambda gives up and repeats while the old one runs on, or never runs again. */
  readonly crashes: number;
  /** Deliveries of an event beside everything else, once it has been delivered. */
  readonly duplicates: number;
  /** Lengths of time that may pass, in seconds, each of them once. More than 60 and entries expire. */
  readonly pauses: readonly number[];
}

/** One thing that can happen now. */
export interface Action {
  readonly name: string;
  readonly run: () => void;
}

/** Longer than this, no write may be on its way: requests are not late without bound. */
const LATEST = seconds(5);

const NAMESPACE = 'small';
const LABEL = '2026-11-20T00:00:00.000';

/** One key, one shard, and the real code around them; whoever holds it decides what happens next. */
export class SmallWorld implements Stage {
  readonly requests: Request[] = [];
  readonly cell: Cell = { bytes: undefined, expiresAt: 0 };
  violation: Violation | undefined;
  readonly #scope: Scope;
  readonly #entity;
  readonly #map;
  readonly #history: ItemHistory;
  readonly #actors: Actor[] = [];
  readonly #events: object[] = [];
  /** When the events were created. */
  readonly #created: number[] = [];
  #item: Item | undefined;
  #time = 0;
  #written = 0;
  #readersStarted = 0;
  /** Events handled, events delivered at least once, and what is being handled. */
  #handled = 0;
  #delivered = 0;
  #open: { readonly actor: Actor } | undefined;
  /** The invocation has come to its end, and Lambda is about to learn of it. */
  #finish: (() => void) | undefined;
  #crashes = 0;
  #duplicates = 0;
  #pauses: readonly number[];

  constructor(scope: Scope) {
    this.#scope = scope;
    this.#pauses = scope.pauses;
    this.#entity = entity('one', {
      key: { PK: 'ONE#{id}' },
      onChange: scope.onChange,
      prefill: scope.onChange === 'refresh',
      ttl: minutes(1),
      absentTtl: minutes(1),
      project: (item) => ({ p: Number(item.p) }),
      ...(scope.versioned && { versionBy: 'version' }),
    });
    this.#map = defineCacheMap({ entities: [this.#entity] });
    const report = (violation: Violation): void => {
      this.violation ??= violation;
    };
    const key = entryKey(NAMESPACE, this.#entity, { PK: 'ONE#1' });
    this.#history = new ItemHistory(key, report, { entries: 0, longest: 0 });
  }

  now(): number {
    return this.#time;
  }

  changed(): void {
    const { bytes, expiresAt } = this.cell;
    if (bytes === undefined) this.#history.gone(this.#time);
    else this.#history.written(seenEntry(bytes), expiresAt, this.#time);
  }

  /**
   * What can happen now, as far as it has to be tried. Empty when the world is at rest.
   *
   * A step that nothing else can hinder or change, and that nobody else can see, is tried alone: before or after
   * whatever else could happen, it comes to the same (a persistent set of one).
   */
  actions(): Action[] {
    const finish = this.#finish;
    if (finish !== undefined) {
      const acknowledged = { name: 'acknowledge', run: finish };
      // Lambda may never learn of it. That it learns of it late makes no difference: nobody but it can tell.
      return this.#crashes < this.#scope.crashes
        ? [acknowledged, { name: 'crash', run: () => this.#crash() }]
        : [acknowledged];
    }
    const certain = this.requests.find((request) => this.#isCertain(request));
    if (certain !== undefined) return [{ name: nameOf(certain), run: () => this.#serve(certain, true) }];

    const actions: Action[] = [];
    const { readers, writes, crashes, duplicates } = this.#scope;
    for (const request of this.requests) {
      if (request.answer !== undefined) continue;
      actions.push({ name: nameOf(request), run: () => this.#serve(request, true) });
      if (!this.#canHold()) continue;
      actions.push({ name: `${nameOf(request)}, held`, run: () => this.#serve(request, false) });
    }
    if (this.#written < writes.length) actions.push({ name: 'write', run: () => this.#write() });
    if (this.#readersStarted < readers) {
      actions.push({ name: 'reader get', run: () => this.#read(true) });
      if (this.#pauses.length > 0) actions.push({ name: 'reader get, held', run: () => this.#read(false) });
    }
    const available = this.#written - this.#handled;
    if (this.#open === undefined && available > 0) {
      actions.push({ name: 'deliver 1', run: () => this.#deliver(1) });
      if (available > 1) actions.push({ name: `deliver ${available}`, run: () => this.#deliver(available) });
    }
    if (this.#open !== undefined && this.#crashes < crashes) actions.push({ name: 'crash', run: () => this.#crash() });
    if (this.#duplicates < duplicates) {
      for (let event = 0; event < this.#delivered; event++) {
        actions.push({ name: `duplicate ${event + 1}`, run: () => this.#duplicate(event) });
      }
    }
    for (const pause of this.#pauses) {
      if (this.#allows(pause)) actions.push({ name: `pause ${pause}`, run: () => this.#pause(pause) });
    }
    return actions;
  }

  /** All that the future depends on. Two worlds with the same text have the same future. */
  state(): string {
    const { cell } = this;
    const entry = cell.bytes === undefined ? '' : `${textOf(cell.bytes)}<${cell.expiresAt}`;
    const counts = [
      this.#created.join(),
      this.#handled,
      this.#delivered,
      this.#open?.actor.name ?? '-',
      this.#finish !== undefined,
      this.#readersStarted,
    ];
    const budgets = [this.#crashes, this.#duplicates, this.#pauses.length, this.#time];
    // Sorted, because readers are all alike.
    const local = this.#actors.map((actor) => actor.state() ?? '').sort();
    return [entry, this.#history.state(), ...counts, ...budgets, ...local.filter((text) => text !== '')].join('|');
  }

  /** To be asked when nothing can happen any more. */
  checkRest(): void {
    const entry = this.#history.entry(this.#time);
    if (typeof entry !== 'number' || entry === this.#history.current) return;
    const what = `holds ${entry}, the table has ${this.#history.current}`;
    this.violation ??= { promised: 'quiescence', key: this.#history.key, what };
  }

  /**
   * Whether serving a request comes to the same at any time: a read of a table that is not written any more, a write
   * that will be refused. Where time may still pass, its answer could come before or after; then it is no such step.
   * Nor is one of the invocation that Lambda waits for, which it may give up before or after.
   */
  #isCertain({ actor, what, answer }: Request): boolean {
    if (answer !== undefined || this.#pauses.length > 0 || actor === this.#open?.actor) return false;
    if (what === 'table') return this.#written === this.#scope.writes.length;
    if (what === 'setIfAbsent') return this.cell.bytes !== undefined;
    return what === 'setIfUnchanged' && !actor.expectsWhatIsThere();
  }

  #serve(request: Request, answers: boolean): void {
    request.serve();
    if (answers) request.answer?.();
  }

  /** That an answer takes a while can be told from its arriving at once only if time passes between. */
  #canHold(): boolean {
    return this.#pauses.length > 0;
  }

  #write(): void {
    const p = this.#scope.writes[this.#written];
    const before = this.#item;
    this.#written += 1;
    this.#item = p === undefined ? undefined : { PK: 'ONE#1', p, version: this.#written };
    this.#history.commit(p ?? ABSENT);
    this.#created.push(this.#time);
    this.#events.push({
      eventName: this.#item === undefined ? 'REMOVE' : before === undefined ? 'INSERT' : 'MODIFY',
      eventSourceARN: `arn:aws:dynamodb:eu-central-1:000000000000:table/small/stream/${LABEL}`,
      dynamodb: {
        Keys: { PK: { S: 'ONE#1' } },
        ...(this.#item && { NewImage: imageOf(this.#item) }),
        ...(before && { OldImage: imageOf(before) }),
        // 9, 10, 11: as texts they would be in another order.
        SequenceNumber: String(8 + this.#written),
        ApproximateCreationDateTime: Math.floor((EPOCH + this.#time) / 1_000),
      },
    });
  }

  /** A reader's beginning is no step of its own: whether time passes before its request is served makes it give up. */
  #read(answers: boolean): void {
    this.#readersStarted += 1;
    const actor = this.#actor('reader');
    const table: TableReader = {
      get: () =>
        actor.readTable(
          () => this.#item,
          () => String(this.#written),
        ),
      getMany: () => Promise.reject(new Error('not part of a small world')),
      query: () => Promise.reject(new Error('not part of a small world')),
    };
    const parts = { namespace: NAMESPACE, store: actor.store(), clock: this.#clock(), random: () => 0, table };
    void createReader(parts)
      .get(this.#entity, { id: '1' })
      .then(() => actor.done());
    const request = this.requests.find((one) => one.actor === actor);
    if (request !== undefined) this.#serve(request, answers);
  }

  #deliver(count: number): void {
    const first = this.#handled;
    const actor = this.#actor(`events ${first}+${count}`);
    this.#delivered = Math.max(this.#delivered, first + count);
    this.#open = { actor };
    this.#invoke(actor, this.#events.slice(first, first + count), () => {
      if (this.#open?.actor !== actor) return;
      this.#finish = () => {
        this.#finish = undefined;
        this.#open = undefined;
        for (let i = 0; i < count; i++) this.#history.eventHandled(++this.#handled, this.#time);
      };
    });
  }

  #crash(): void {
    this.#crashes += 1;
    // From now on it is like any other delivery that nobody waits for.
    this.#open = undefined;
    this.#finish = undefined;
  }

  #duplicate(event: number): void {
    this.#duplicates += 1;
    this.#invoke(this.#actor(`events ${event}+1`), this.#events.slice(event, event + 1), () => undefined);
  }

  #invoke(actor: Actor, events: readonly object[], done: () => void): void {
    const consume = createSync({
      map: this.#map,
      namespace: NAMESPACE,
      store: actor.store(),
      clock: this.#clock(),
      quarantine: () => Promise.reject(new Error('nothing is to be quarantined')),
    });
    void consume({ Records: events }, () => seconds(900)).then(({ response }) => {
      if (response.batchItemFailures.length > 0) throw new Error('nothing can fail in a small world');
      actor.done();
      done();
    });
  }

  /** A pause is one in which no write is on its way for longer than a late one can be. */
  #allows(pause: number): boolean {
    return pause * 1_000 <= LATEST || !this.requests.some(({ isWrite, answer }) => isWrite && answer === undefined);
  }

  #pause(pause: number): void {
    this.#time += pause * 1_000;
    this.#pauses = this.#pauses.filter((one) => one !== pause);
    const { cell } = this;
    if (cell.bytes !== undefined && cell.expiresAt <= this.#time) {
      cell.bytes = undefined;
      this.changed();
    }
    for (const request of [...this.requests]) request.answer?.();
  }

  #actor(name: string): Actor {
    const actor = new Actor(name, this);
    this.#actors.push(actor);
    return actor;
  }

  #clock(): Clock {
    return { now: () => EPOCH + this.#time, monotonic: () => this.#time };
  }
}

const nameOf = ({ actor, what }: Request): string => `${actor.name} ${what}`;

function imageOf({ p, version }: Item): object {
  return { PK: { S: 'ONE#1' }, p: { N: String(p) }, version: { N: String(version) } };
}
