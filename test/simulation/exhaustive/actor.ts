import { equalBytes } from '../../../shared/store/bytes.ts';
import type { CacheStore } from '../../../shared/store/port.ts';
import type { Duration } from '../../../shared/time.ts';

/** A request that its actor waits for. */
export interface Request {
  readonly actor: Actor;
  readonly what: string;
  readonly isWrite: boolean;
  readonly serve: () => void;
  /** Of a write that was served: whether it was taken. */
  result: string | undefined;
  /** Set once it was served: gives the answer to the actor. */
  answer: (() => void) | undefined;
}

/** The one entry that the store of a small world holds. */
export interface Cell {
  bytes: Uint8Array | undefined;
  expiresAt: number;
}

/** What an actor read there. */
interface Found {
  readonly bytes: Uint8Array | undefined;
  readonly text: string;
  readonly at: number;
}

/** What actors are surrounded by. */
export interface Stage {
  readonly requests: Request[];
  readonly cell: Cell;
  now(): number;
  /** The entry was written or has expired. */
  changed(): void;
}

/**
 * One process of a small world. What its code will do follows from what it is, from how often it has asked (which tells
 * how many conflicts it has met), and from the last answer of the store and of the table with their times: nothing of an
 * earlier reading is kept after a conflict. That, and not the way there, is its local state.
 */
export class Actor {
  readonly name: string;
  readonly #stage: Stage;
  readonly #startedAt: number;
  #asked = 0;
  #pending: Request | undefined;
  #found: Found | undefined;
  #row = '';
  /** Nothing is left running behind an answer. */
  #isDone = false;

  constructor(name: string, stage: Stage) {
    this.name = name;
    this.#stage = stage;
    this.#startedAt = stage.now();
  }

  done(): void {
    this.#isDone = true;
  }

  /** Its local state, as text; `undefined` when it has come to its end. */
  state(): string | undefined {
    if (this.#isDone) return undefined;
    const { what, answer } = this.#pending ?? { what: '', answer: undefined };
    const served = answer === undefined ? '' : '!';
    const found = this.#found;
    const isCurrent = this.expectsWhatIsThere();
    // A nonce never comes back: a write on the strength of what has been replaced can only be refused.
    if (what === 'setIfUnchanged' && !isCurrent && served === '') {
      return `${this.name} ${this.#startedAt} ${this.#asked} will be refused`;
    }
    const reading = found === undefined ? '' : `${isCurrent ? 'current' : ''} ${found.text} at ${found.at}`;
    return `${this.name} ${this.#startedAt} ${this.#asked} ${what}${served}${this.#pending?.result ?? ''} ${reading} ${this.#row}`;
  }

  /** Whether what it found is there still, and not nothing. */
  expectsWhatIsThere(): boolean {
    return this.#found?.bytes !== undefined && this.#found.bytes === this.#stage.cell.bytes;
  }

  /** Reads the table: a scheduling point, like every request. */
  readTable<Row>(read: () => Row, nameOf: () => string): Promise<Row> {
    return this.#ask('table', false, () => {
      this.#row = `row ${nameOf()} at ${this.#stage.now()}`;
      return read();
    });
  }

  /** A request. When it is served is a scheduling point. */
  #ask<Result>(what: string, isWrite: boolean, serve: () => Result): Promise<Result> {
    const { requests } = this.#stage;
    return new Promise((resolve) => {
      this.#asked += 1;
      const request: Request = {
        actor: this,
        what,
        isWrite,
        result: undefined,
        serve: () => {
          const result = serve();
          if (isWrite) request.result = String(result);
          request.answer = () => {
            requests.splice(requests.indexOf(request), 1);
            this.#pending = undefined;
            resolve(result);
          };
        },
        answer: undefined,
      };
      requests.push(request);
      this.#pending = request;
    });
  }

  /** The store as this actor's code uses it. */
  store(): CacheStore {
    const { cell } = this.#stage;
    const read = (): Uint8Array | undefined => {
      this.#found = { bytes: cell.bytes, text: textOf(cell.bytes), at: this.#stage.now() };
      return cell.bytes;
    };
    const write = (value: Uint8Array, ttl: Duration): true => {
      cell.bytes = value;
      cell.expiresAt = this.#stage.now() + ttl;
      this.#stage.changed();
      return true;
    };
    const unused = (): Promise<never> => Promise.reject(new Error('not part of a small world'));
    return {
      name: 'small',
      get: () => this.#ask('get', false, read),
      getMany: async () => [await this.#ask('get', false, read)],
      setIfAbsent: (_key, value, ttl) =>
        this.#ask('setIfAbsent', true, () => cell.bytes === undefined && write(value, ttl)),
      setIfUnchanged: (_key, value, expected, ttl) => {
        const isSame = (): boolean => cell.bytes !== undefined && equalBytes(cell.bytes, expected);
        return this.#ask('setIfUnchanged', true, () => isSame() && write(value, ttl));
      },
      setAlways: async (_key, value, ttl) => {
        await this.#ask('setAlways', true, () => write(value, ttl));
      },
      set: unused,
      setMany: unused,
      close: () => Promise.resolve(),
    };
  }
}

/** An entry's bytes as text, without its nonce: that differs from run to run, and only ever matters by being the same. */
export function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined
    ? 'nothing'
    : Buffer.from(bytes)
        .toString()
        .replace(/ n=[0-9a-f]{16}/, '')
        .trimEnd();
}
