import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchWriteItemCommand, DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { userKey } from '../../functions/model/keys.ts';
import { localClientConfig } from '../../local/aws.ts';
import { attributesFrom } from '../../shared/entry/item.ts';
import { cacheAccess } from '../support/cache-access.ts';
import { startCommand } from '../support/command-line.ts';
import { eventually } from '../support/processes.ts';
import { useStack } from '../support/stack.ts';

/** More by `WARM_ITEMS=100000 npx vitest run test/e2e/warm.test.ts`, which also prints what each command came to. */
const { WARM_ITEMS } = process.env;
const ITEMS = Number(WARM_ITEMS ?? 3_000);

const running = useStack();
const folder = mkdtempSync(join(tmpdir(), 'warm-'));
const checkpoint = join(folder, 'checkpoint.json');
let client: DynamoDBClient;

beforeAll(
  async () => {
    const { stack } = running;
    client = new DynamoDBClient(localClientConfig(stack.dynamodbEndpoint));
    for (let begin = 0; begin < ITEMS; begin += 25 * 8) {
      await Promise.all(Array.from({ length: 8 }, (_, i) => putUsers(begin + 25 * i)));
    }
    await stack.poller.drained();
    // Of the loading itself nothing is to be left: the test begins with a cold cache.
    stack.momento.storage.cache(cacheAccess(stack).cacheName)?.flush();
  },
  60_000 + ITEMS * 5,
);

afterAll(() => {
  client.destroy();
  rmSync(folder, { recursive: true });
});

it('warms a table that is being changed, goes on where Ctrl-C ended it, and leaves no entry that disagrees', {
  timeout: 60_000 + ITEMS * 10,
}, async () => {
  const { stack } = running;
  const warm = (...options: readonly string[]) =>
    startCommand(stack, 'warm', '--checkpoint', checkpoint, '--json', ...options);
  const writer = keepWriting();

  // At this rate the table would take a quarter of a minute to read: an item is a third of a kilobyte.
  const first = warm('--rate', String(ITEMS / 200), '--segments', '4');
  expect(await eventually(() => itemsDone() > 0, 60_000)).toBe(true);
  first.kill('SIGINT');
  const interrupted = await first.ended;
  expect(interrupted).toMatchObject({ code: 130, errors: expect.stringContaining('go on with --resume') });
  const done = itemsDone();
  expect(JSON.parse(interrupted.output)).toMatchObject({ finished: false, items: done });

  const resumed = await warm('--rate', String(ITEMS), '--resume').ended;
  expect(resumed).toMatchObject({ code: 0 });
  const { changed } = await writer.stop();
  const result = JSON.parse(resumed.output);
  // What the writer put into the table or took away behind the scan's back is not for a scan to count.
  expect(result.items).toBeGreaterThan(ITEMS - changed);

  await stack.poller.drained();
  const verified = await startCommand(stack, 'verify', '--rate', '1000000', '--patience', '1', '--json').ended;
  const { total } = JSON.parse(verified.output);
  if (WARM_ITEMS !== undefined) console.info(interrupted.output, resumed.output, { changed }, verified.output);
  expect(verified.code).toBe(0);
  expect(total).toMatchObject({ stale: 0, unknown: 0 });
  // What nobody has changed meanwhile is there.
  expect(total.missing).toBeLessThanOrEqual(changed);
  expect(total.agree + total.settled).toBeGreaterThan(ITEMS - changed - 1);
  expect(running.errors).toEqual([]);
});

const userItem = (i: number, firstName: string) => {
  const username = `user-${i}`;
  return attributesFrom({ ...userKey(username), username, firstName, email: 'x'.repeat(250) });
};

async function putUsers(begin: number): Promise<void> {
  const count = Math.min(25, ITEMS - begin);
  if (count <= 0) return;
  const puts = Array.from({ length: count }, (_, i) => ({ PutRequest: { Item: userItem(begin + i, 'first') } }));
  await client.send(new BatchWriteItemCommand({ RequestItems: { [running.stack.table.name]: puts } }));
}

/** Changes, removes and creates users all over the table, one at a time, until it is stopped. */
function keepWriting(): { stop(): Promise<{ readonly changed: number }> } {
  const TableName = running.stack.table.name;
  let stopped = false;
  let changed = 0;
  const writing = (async () => {
    while (!stopped) {
      const i = Math.floor(Math.random() * ITEMS * 1.1);
      if (Math.random() < 0.1) {
        await client.send(new DeleteItemCommand({ TableName, Key: attributesFrom(userKey(`user-${i}`)) }));
      } else {
        await client.send(new PutItemCommand({ TableName, Item: userItem(i, `changed ${changed}`) }));
      }
      changed += 1;
      await sleep(20);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await writing;
      return { changed };
    },
  };
}

/** As the checkpoint says. */
function itemsDone(): number {
  try {
    return JSON.parse(readFileSync(checkpoint, 'utf8')).tally.items;
  } catch {
    return 0;
  }
}
