import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Random } from '../simulation/engine/random.ts';
import type { SyncProcess } from './sync-process.ts';

/**
 * The synchronizer as it is on a bad day: killed in the middle of a batch and replaced, and given batches a second time,
 * at the same moment in another process or a while later.
 */
export class Synchronizer {
  kills = 0;
  batches = 0;
  deliveredTwice = 0;
  readonly #start: () => Promise<SyncProcess>;
  readonly #random: Random;
  readonly #onApplied: (record: DynamoDBRecord) => void;
  #current: Promise<SyncProcess>;
  /** Loaded and waiting, to take over at once. */
  #next: Promise<SyncProcess>;
  readonly #second = new Set<Promise<unknown>>();
  #nextKill = Number.POSITIVE_INFINITY;
  #attacked = false;

  /** @param onApplied hears of each record of which the synchronizer said that it is applied */
  constructor(start: () => Promise<SyncProcess>, random: Random, onApplied: (record: DynamoDBRecord) => void) {
    this.#start = start;
    this.#onApplied = onApplied;
    this.#random = random;
    this.#current = start();
    this.#next = start();
  }

  /** Resolves when batches can be taken. */
  async ready(): Promise<void> {
    await Promise.all([this.#current, this.#next]);
  }

  attack(): void {
    this.#attacked = true;
    this.#nextKill = performance.now() + this.#random.between(...KILL_INTERVAL_MS);
  }

  relent(): void {
    this.#attacked = false;
    this.#nextKill = Number.POSITIVE_INFINITY;
  }

  /** Handles a batch of the stream. Rejects when its process is killed over it. */
  async handle(event: DynamoDBStreamEvent): Promise<unknown> {
    this.batches += 1;
    const process = await this.#current;
    if (this.#attacked && this.#random.chance(SHARE_TWICE)) this.#deliverAgain(event);
    const answer = process.invoke(event);
    if (performance.now() >= this.#nextKill) void this.#killDuring(process, answer);
    const response = await answer;
    for (const record of appliedOf(event, response)) this.#onApplied(record);
    return response;
  }

  /** Resolves when no batch is in anybody's hands. */
  async settled(): Promise<void> {
    while (this.#second.size > 0) await Promise.all(this.#second);
  }

  async close(): Promise<void> {
    await this.settled();
    const processes = await Promise.all([this.#current, this.#next]);
    await Promise.all(processes.map((process) => process.kill()));
  }

  async #killDuring(process: SyncProcess, answer: Promise<unknown>): Promise<void> {
    let isUnderWay = true;
    const done = (): void => {
      isUnderWay = false;
    };
    answer.then(done, done);
    await sleep(this.#random.between(...KILL_AFTER_MS));
    // Too late for this batch; the next one will do.
    if (!isUnderWay || !this.#attacked || process !== (await this.#current)) return;
    this.kills += 1;
    this.#nextKill = performance.now() + this.#random.between(...KILL_INTERVAL_MS);
    this.#current = this.#next;
    this.#next = this.#start();
    await process.kill();
  }

  #deliverAgain(event: DynamoDBStreamEvent): void {
    this.deliveredTwice += 1;
    const isAtOnce = this.#random.chance(0.5);
    const delivery = (async () => {
      if (!isAtOnce) await sleep(this.#random.between(...SECOND_AFTER_MS));
      // The successor, while the old invocation runs on beside it; or whoever is there by then.
      const process = await (isAtOnce ? this.#next : this.#current);
      // A kill may end it as well: then it was delivered one and a half times.
      await process.invoke(event).catch(() => {});
    })();
    this.#second.add(delivery);
    void delivery.finally(() => this.#second.delete(delivery));
  }
}

/** The records before the first one that the answer names as failed. */
function appliedOf({ Records: records }: DynamoDBStreamEvent, response: unknown): readonly DynamoDBRecord[] {
  const failures: readonly { itemIdentifier?: unknown }[] = Object(response).batchItemFailures ?? [];
  const failed = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
  const first = records.findIndex(({ dynamodb }) => failed.has(dynamodb?.SequenceNumber));
  return first === -1 ? records : records.slice(0, first);
}

/** Between two kills. */
const KILL_INTERVAL_MS = [1_500, 4_000] as const;
/** From the start of a batch to the kill: a batch takes from ten milliseconds to some seconds. */
const KILL_AFTER_MS = [0, 400] as const;
/** Share of the batches that are delivered twice. */
const SHARE_TWICE = 0.25;
const SECOND_AFTER_MS = [500, 10_000] as const;
