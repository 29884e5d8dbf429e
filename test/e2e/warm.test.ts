import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { userKey } from '../../functions/model/keys.ts';
import { localClientConfig } from '../../local/aws.ts';
import { startDynamoDBLocal } from '../../local/dynamodb/dynamodb-local.ts';
import { type Stack, startStack } from '../../local/start/stack.ts';
import { readTemplate } from '../../local/template/template.ts';
import { attributesFrom } from '../../shared/entry/item.ts';
import { startCommand } from '../support/command-line.ts';
import { eventually } from '../support/processes.ts';

/** More by `WARM_ITEMS=100000 npx vitest run test/e2e/warm.test.ts`, which also prints what each command came to. */
const { WARM_ITEMS } = process.env;
const ITEMS = Number(WARM_ITEMS ?? 3_000);

const TABLE = 'warm';
const folder = mkdtempSync(join(tmpdir(), 'warm-'));
const checkpoint = join(folder, 'checkpoint.json');
const errors: unknown[] = [];
const cleanUp = new AsyncDisposableStack();
let client: DynamoDBClient;
let stack: Stack;

beforeAll(
  async () => {
    const server = await startDynamoDBLocal();
    cleanUp.defer(() => server.stop());
    client = cleanUp.adopt(new DynamoDBClient(localClientConfig(server.endpoint)), (own) => own.destroy());
    await createFullTable();
    stack = cleanUp.adopt(
      await startStack({
        dynamodbEndpoint: server.endpoint,
        tableName: TABLE,
        onError: (error) => void errors.push(error),
      }),
      (own) => own.close(),
    );
  },
  60_000 + ITEMS * 10,
);

afterAll(async () => {
  await cleanUp.disposeAsync();
  rmSync(folder, { recursive: true });
});

it('warms a table that is being changed, goes on where Ctrl-C ended it, and leaves no entry that disagrees', {
  timeout: 60_000 + ITEMS * 10,
}, async () => {
  const warm = (...options: readonly string[]) =>
    startCommand(stack, 'warm', '--checkpoint', checkpoint, '--json', ...options);
  const writer = keepWriting();

  // At this rate the table would take a quarter of a minute to read: an item is a third of a kilobyte.
  const first = warm('--rate', String(ITEMS / 200), '--segments', '4');
  expect(await eventually(() => itemsDone() > ITEMS / 4, 60_000 + ITEMS * 4)).toBe(true);
  first.kill('SIGINT');
  const interrupted = await first.ended;
  expect(interrupted).toMatchObject({ code: 130, errors: expect.stringContaining('go on with --resume') });
  const done = itemsDone();
  expect(JSON.parse(interrupted.output)).toMatchObject({ finished: false, items: done });

  const anew = await warm().ended;
  expect(anew).toMatchObject({ code: 2, errors: expect.stringContaining('says where an earlier run was ended') });
  expect(itemsDone()).toBe(done);

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
  expect(errors).toEqual([]);
});

const userItem = (i: number, firstName: string) => {
  const username = `user-${i}`;
  return attributesFrom({ ...userKey(username), username, firstName, email: 'x'.repeat(250) });
};

/** A table from before there was a cache: nothing of how it was filled is in its stream. */
async function createFullTable(): Promise<void> {
  const { StreamSpecification, ...table } = readTemplate().table(TABLE);
  await client.send(new CreateTableCommand(table));
  for (let begin = 0; begin < ITEMS; begin += 25 * 8) {
    await Promise.all(Array.from({ length: 8 }, (_, i) => putUsers(begin + 25 * i)));
  }
  await client.send(new UpdateTableCommand({ TableName: TABLE, StreamSpecification }));
}

async function putUsers(begin: number): Promise<void> {
  const count = Math.min(25, ITEMS - begin);
  if (count <= 0) return;
  const puts = Array.from({ length: count }, (_, i) => ({ PutRequest: { Item: userItem(begin + i, 'first') } }));
  await client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: puts } }));
}

/** Changes, removes and creates users all over the table, one at a time, until it is stopped. */
function keepWriting(): { stop(): Promise<{ readonly changed: number }> } {
  let stopped = false;
  let changed = 0;
  const writing = (async () => {
    while (!stopped) {
      const i = Math.floor(Math.random() * ITEMS * 1.1);
      if (Math.random() < 0.1) {
        await client.send(new DeleteItemCommand({ TableName: TABLE, Key: attributesFrom(userKey(`user-${i}`)) }));
      } else {
        await client.send(new PutItemCommand({ TableName: TABLE, Item: userItem(i, `changed ${changed}`) }));
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
