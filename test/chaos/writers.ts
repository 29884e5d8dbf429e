import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { openOrders } from '../../cache.config.ts';
import { settlingTime } from '../../shared/protocol.ts';
import type { Random } from '../simulation/engine/random.ts';
import { send } from '../support/stack.ts';
import { type Histories, historyOf } from './history.ts';
import { favouriteOf } from './picking.ts';
import { LISTS, markOf, type Subject } from './subjects.ts';
import type { Tally } from './tally.ts';

/** What writers and readers of a run share. */
export interface Ground {
  readonly url: string;
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly histories: Histories;
  readonly tally: Tally;
}

/**
 * Writes until it is told to stop. Each writer has subjects of its own, so that the order of an item's states is known.
 *
 * @param subjects those of one writer
 */
export async function writeUntil(
  signal: AbortSignal,
  subjects: readonly Subject[],
  ground: Ground,
  random: Random,
): Promise<void> {
  const began = performance.now();
  while (!signal.aborted) {
    const subject = favouriteOf(subjects, random);
    if (isDue(subject, performance.now() - began)) await writeOnce(subject, ground, random);
    await sleep(random.between(...PAUSE_MS));
  }
}

/** Writes the next version of a subject, which may be that it is gone. */
export async function writeOnce(subject: Subject, ground: Ground, random: Random): Promise<void> {
  const { tally } = ground;
  const history = historyOf(subject, ground.histories);
  const isRemoval = history.exists && random.chance(SHARE_OF_REMOVALS);
  const route = random.chance(SHARE_OVER_HTTP) ? routeOf(subject, history.exists, isRemoval) : undefined;
  try {
    await history.write(!isRemoval, (version) =>
      route === undefined ? writeItem(subject, version, isRemoval, ground) : callRoute(route, version, ground),
    );
    tally.writes += 1;
    if (route !== undefined) tally.httpWrites += 1;
  } catch (error) {
    tally.failed('a write', error);
  }
}

async function writeItem(
  { key, item }: Subject,
  version: number,
  isRemoval: boolean,
  { client, tableName }: Ground,
): Promise<void> {
  if (isRemoval) await client.send(new DeleteItemCommand({ TableName: tableName, Key: marshall(key) }));
  else await client.send(new PutItemCommand({ TableName: tableName, Item: marshall({ ...key, ...item(version) }) }));
}

interface WriteRoute {
  readonly route: string;
  body?(version: number): object;
}

/** How an application would make this write, where the sample has a route for it. */
function routeOf({ entity, path, params }: Subject, exists: boolean, isRemoval: boolean): WriteRoute | undefined {
  switch (entity.name) {
    case 'user':
      if (isRemoval) return { route: `DELETE ${path}` };
      if (exists) return { route: `PATCH ${path}`, body: (version) => ({ lastName: markOf(version) }) };
      return {
        route: 'POST /users',
        body: (version) => ({ ...params, firstName: 'F', lastName: markOf(version), email: 'f@example.com' }),
      };
    case 'product':
      if (isRemoval) return { route: `DELETE ${path}` };
      return { route: `PUT ${path}`, body: (version) => ({ title: markOf(version), price: 2 }) };
    default:
      return undefined;
  }
}

async function callRoute({ route, body }: WriteRoute, version: number, { url }: Ground): Promise<void> {
  const { status } = await send(url, route, body && { body: body(version) });
  if (status >= 300) throw new Error(`${route.split('/')[0]}answered with ${status}`);
}

/** Writes a first version of everything. */
export async function populate(subjects: readonly Subject[], ground: Ground, random: Random): Promise<void> {
  await Promise.all(subjects.map((subject) => writeOnce(subject, ground, random)));
}

/**
 * What is in lists changes now and then, a third of the lists at a time: one whose members change all the time is never
 * stored, and could not be wrong.
 */
function isDue(subject: Subject, sinceMs: number): boolean {
  const list = LISTS.findIndex(({ subjects }) => subjects.includes(subject));
  if (list === -1) return true;
  const period = Math.floor(sinceMs / LISTED_PERIOD_MS);
  return sinceMs % LISTED_PERIOD_MS < LISTED_BURST_MS && (list + period) % 3 === 0;
}

/** Longer than a page waits until it may be stored, so that there is time for it to be a hit. */
const LISTED_PERIOD_MS = settlingTime(openOrders.settle) + 5_000;
const LISTED_BURST_MS = 2_000;
const PAUSE_MS = [0, 60] as const;
const SHARE_OF_REMOVALS = 0.2;
const SHARE_OVER_HTTP = 0.1;
