import type { Random } from '../../../test/simulation/engine/random.ts';
import type { Scheduler } from '../../../test/simulation/engine/scheduler.ts';
import { type Call, drawLatency } from '../latency.ts';
import type { Scenario } from '../scenario.ts';
import type { Caller } from './caller.ts';
import { History, type Staleness } from './history.ts';
import {
  type ItemKey,
  type ItemView,
  itemSignature,
  listSignature,
  type MemberView,
  makeRow,
  type Row,
} from './row.ts';

/** What a write did. */
export interface Change {
  readonly key: ItemKey;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
  /** To be called when the design has done all that it does about it. */
  readonly settle: () => void;
}

/** The table as one process uses it. */
export interface TableClient {
  item(key: ItemKey, consistent: boolean): Promise<Row | undefined>;
  /** All of a list, in one query. */
  list(list: string, consistent: boolean): Promise<readonly Row[]>;
  /** Replaces an item, inserts it where there is none, or removes it. */
  write(key: ItemKey, removes: boolean): Promise<Change>;
}

/** What the table was used for, and what that is billed as. */
export interface TableUse {
  reads: number;
  /** Request units: half of one for each 4 KB, all of one when consistent. */
  readUnits: number;
  /** Request units: one for each KB. */
  writeUnits: number;
}

/**
 * A DynamoDB table with its two kinds of read: an eventually consistent one is answered by any of three replicas, two
 * of which lag. A call is served in the middle of its latency.
 */
export class SimulatedTable {
  readonly use: TableUse = { reads: 0, readUnits: 0, writeUnits: 0 };
  readonly items: readonly ItemKey[];
  readonly lists: readonly string[];
  readonly #scheduler: Scheduler;
  readonly #scenario: Scenario;
  readonly #onChange: (change: Change, caller: Caller) => void;
  readonly #items = new Map<string, History<Row | undefined, ItemView | undefined>>();
  readonly #lists = new Map<string, History<readonly Row[], readonly MemberView[]>>();
  #writes = 0;

  /** @param onChange told of every change in the moment in which it is committed */
  constructor(scheduler: Scheduler, scenario: Scenario, onChange: (change: Change, caller: Caller) => void) {
    this.#scheduler = scheduler;
    this.#scenario = scenario;
    this.#onChange = onChange;
    this.items = Array.from({ length: scenario.items }, (_, i) => ({
      id: String(i).padStart(6, '0'),
      list: String(i % scenario.lists),
    }));
    this.lists = Array.from({ length: scenario.lists }, (_, i) => String(i));
    const rows = this.items.map((key) => makeRow(key, ++this.#writes, scenario.itemBytes));
    for (const row of rows) this.#items.set(row.id, new History(row, itemSignature));
    for (const list of this.lists) {
      this.#lists.set(
        list,
        new History(
          rows.filter((row) => row.list === list),
          listSignature,
        ),
      );
    }
  }

  client(caller: Caller): TableClient {
    return {
      item: ({ id }, consistent) =>
        this.#read(caller, consistent, (time) => {
          const row = this.#item(id).asOf(time);
          return { answer: row, bytes: row === undefined ? 0 : this.#scenario.itemBytes };
        }),
      list: (list, consistent) =>
        this.#read(caller, consistent, (time) => {
          const rows = this.#list(list).asOf(time);
          return { answer: rows, bytes: rows.length * this.#scenario.itemBytes };
        }),
      write: (key, removes) => this.#call(caller, 'write', () => this.#write(caller, key, removes)),
    };
  }

  /** How wrong an answer was for somebody who asked at a time. */
  itemStaleness({ id }: ItemKey, answer: ItemView | undefined, askedAt: number): Staleness {
    return this.#item(id).staleness(answer, askedAt);
  }

  listStaleness(list: string, answer: readonly MemberView[], askedAt: number): Staleness {
    return this.#list(list).staleness(answer, askedAt);
  }

  #read<Answer>(
    caller: Caller,
    consistent: boolean,
    look: (time: number) => { readonly answer: Answer; readonly bytes: number },
  ): Promise<Answer> {
    const replica = caller.luck.generator('replicaLag');
    return this.#call(caller, consistent ? 'consistentRead' : 'read', () => {
      const { now } = this.#scheduler;
      const { answer, bytes } = look(consistent ? now : now - this.#lagOf(replica));
      this.use.reads += 1;
      this.use.readUnits += Math.max(1, Math.ceil(bytes / READ_UNIT)) * (consistent ? 1 : 0.5);
      return answer;
    });
  }

  #lagOf(random: Random): number {
    return random.chance(LEADERS) ? 0 : drawLatency(this.#scenario.latencies.replicaLag, random);
  }

  #write(caller: Caller, key: ItemKey, removes: boolean): Change {
    const { now } = this.#scheduler;
    const history = this.#item(key.id);
    const before = history.current;
    this.use.writeUnits += Math.ceil(this.#scenario.itemBytes / WRITE_UNIT);
    const isRemoved = removes && before !== undefined;
    const after = isRemoved ? undefined : makeRow(key, ++this.#writes, this.#scenario.itemBytes);
    const settleItem = history.commit(after, now);
    const members = this.#list(key.list);
    const others = members.current.filter(({ id }) => id !== key.id);
    const changed = after === undefined ? others : [...others, after].sort((a, b) => (a.id < b.id ? -1 : 1));
    const settleList = members.commit(changed, now);
    const settle = (): void => {
      settleItem(this.#scheduler.now);
      settleList(this.#scheduler.now);
    };
    const change: Change = { key, before, after, settle };
    this.#onChange(change, caller);
    return change;
  }

  #call<Result>({ machine, luck }: Caller, call: Call, serve: () => Result): Promise<Result> {
    const took = luck.take(call);
    return new Promise((resolve) => {
      this.#scheduler.after(took / 2, () => {
        const result = serve();
        this.#scheduler.after(took / 2, () => machine.arrive(() => resolve(result), 'table'));
      });
    });
  }

  #item(id: string): History<Row | undefined, ItemView | undefined> {
    const history = this.#items.get(id);
    if (history === undefined) throw new Error(`there is no item ${id} in the workload`);
    return history;
  }

  #list(list: string): History<readonly Row[], readonly MemberView[]> {
    const history = this.#lists.get(list);
    if (history === undefined) throw new Error(`there is no list ${list} in the workload`);
    return history;
  }
}

/** Share of the replicas that never lag. */
const LEADERS = 1 / 3;

/** Bytes to a unit. */
const READ_UNIT = 4_096;
const WRITE_UNIT = 1_024;
