import type { Random } from '../engine/random.ts';
import type { TableRecord } from './records.ts';
import type { WrittenChange } from './table.ts';

/** A record in its shard. */
export interface Queued {
  readonly record: TableRecord;
  /** Since when Lambda can see it. */
  readonly availableAt: number;
}

/** An ordered part of a stream. All records of one item are in one shard and its descendants. */
export interface Shard {
  readonly name: string;
  readonly queue: Queued[];
  /** Place of the first record that has not been handled to its end. */
  next: number;
  /** No more records come: it was split, or its stream was switched off. */
  closed: boolean;
  /** Lambda reads a shard only when its parent has been read to its end. */
  blocked: boolean;
  readonly children: Shard[];
  /** Nothing is delivered before this time. */
  stalledUntil: number;
}

/** The table's change stream: numbers the changes, spreads them over shards, and remembers them all. */
export class SimulatedStream {
  /** Every record so far, oldest first. */
  readonly history: TableRecord[] = [];
  readonly #random: Random;
  #labels = 0;
  /** ARN of the stream that is on. */
  #arn = '';
  #sequence = 0;
  /** Open shards. An item belongs to the one at the place that its key says. */
  #open: Shard[] = [];
  #shards = 0;

  constructor(random: Random) {
    this.#random = random;
    this.switchOn();
  }

  /** Numbers a change and puts it into its shard. */
  append(change: WrittenChange, availableAt: number): Shard {
    // Sequence numbers rise, with gaps, and grow longer now and then: compared as texts they would be in another order.
    this.#sequence += 1 + this.#random.below(3);
    const sequence = String(this.#sequence);
    const { subject, ordinal, results, eventName, body } = change;
    const record: TableRecord = {
      subject,
      ordinal,
      sequence,
      results,
      event: {
        eventID: sequence,
        eventName,
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'eu-central-1',
        eventSourceARN: this.#arn,
        dynamodb: { ...body, SequenceNumber: sequence },
      },
    };
    this.history.push(record);
    const shard = this.#shardOf(subject.pk);
    shard.queue.push({ record, availableAt });
    return shard;
  }

  /** Splits one open shard; answers it and nothing else changes for Lambda until it has been read to its end. */
  split(): Shard {
    const place = this.#random.below(this.#open.length);
    const parent = this.#shardAt(place);
    const [left, right] = [this.#newShard(true), this.#newShard(true)];
    parent.closed = true;
    parent.children.push(left, right);
    // Twice as many places, so that each item's place stays in its shard's family.
    const doubled = [...this.#open, ...this.#open];
    doubled[place] = left;
    doubled[place + this.#open.length] = right;
    this.#open = doubled;
    return parent;
  }

  /** Switches the stream off and on: a new label, new shards, and sequence numbers from the beginning. */
  switchOn(): void {
    for (const shard of this.#open) shard.closed = true;
    this.#labels += 1;
    this.#arn = `arn:aws:dynamodb:eu-central-1:000000000000:table/simulated/stream/${labelOf(this.#labels)}`;
    // So that it soon reaches a number that is longer, and smaller as text.
    this.#sequence = this.#random.below(10);
    this.#open = Array.from({ length: 1 + this.#random.below(2) }, () => this.#newShard(false));
  }

  get places(): number {
    return this.#open.length;
  }

  #newShard(blocked: boolean): Shard {
    this.#shards += 1;
    return {
      name: `shard-${this.#shards}`,
      queue: [],
      next: 0,
      closed: false,
      blocked,
      children: [],
      stalledUntil: 0,
    };
  }

  #shardOf(pk: string): Shard {
    let hash = 0;
    for (let i = 0; i < pk.length; i++) hash = (Math.imul(hash, 31) + pk.charCodeAt(i)) >>> 0;
    return this.#shardAt(hash % this.#open.length);
  }

  #shardAt(place: number): Shard {
    const shard = this.#open[place];
    if (shard === undefined) throw new Error('a stream always has open shards');
    return shard;
  }
}

/** Labels are times, and later streams have later ones. */
function labelOf(count: number): string {
  return new Date(Date.UTC(2026, 10, 20, 0, count)).toISOString().slice(0, -1);
}
