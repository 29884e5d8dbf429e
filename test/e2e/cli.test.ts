import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { myOrders, user } from '../../cache.config.ts';
import { userKey } from '../../functions/model/keys.ts';
import { type SqsServer, startSqsServer } from '../../local/sqs/server.ts';
import { commandEnvironment } from '../../local/start/command-environment.ts';
import { decodeEntry, encodeEntry, newNonce } from '../../shared/entry/entry.ts';
import { decodeGeneration, encodeGeneration } from '../../shared/entry/generation.ts';
import { encodePayload } from '../../shared/entry/payload.ts';
import { generationKey } from '../../shared/map/cache-key.ts';
import type { CacheStore } from '../../shared/store/port.ts';
import { hours, seconds } from '../../shared/time.ts';
import { cacheAccess, connectToCache, keyInCache } from '../support/cache-access.ts';
import { type CliResult, OLD_NODE, ROOT, runCli, startCli } from '../support/cli.ts';
import { describeWithJava } from '../support/java.ts';
import { lambdaRecord } from '../support/lambda-records.ts';
import { failureMessage } from '../support/repair.ts';
import { useStack } from '../support/stack.ts';

describeWithJava('the command line, on a stack that runs', { timeout: 60_000 }, () => {
  const sample = useStack();
  let environment: Record<string, string>;
  let cache: CacheStore;
  let folder: string;

  const cli = (...args: string[]): Promise<CliResult> => runCli(args, environment);
  const keyOf = (username: string) => keyInCache(sample.stack, user, userKey(username));
  const kindOf = async (username: string): Promise<string | undefined> => {
    const bytes = await cache.get(keyOf(username));
    return bytes === undefined ? undefined : decodeEntry(bytes).kind;
  };

  /** Puts into the cache what no event is going to correct. */
  async function plantStale(username: string): Promise<void> {
    const now = Date.now();
    const entry = encodeEntry({
      kind: 'value',
      nonce: newNonce(),
      at: now,
      floor: 'unknown',
      origin: { by: 'reader', readUntil: now },
      payload: encodePayload({ username, firstName: 'Never', lastName: 'Written', email: 'never@example.org' }),
    });
    await cache.setAlways(keyOf(username), entry, hours(1));
  }

  beforeAll(async () => {
    environment = commandEnvironment(sample.stack);
    cache = await connectToCache(sample.stack);
    folder = await mkdtemp(join(tmpdir(), 'cli-'));
    for (const username of ['ada', 'brook', 'cleo', 'dana']) {
      const body = { username, firstName: username, lastName: 'Sample', email: `${username}@example.org` };
      await sample.call('POST /users', { body });
    }
    await sample.stack.poller.drained();
    await sample.get('/users/ada');
  });
  afterAll(async () => {
    await cache?.close();
    await rm(folder, { recursive: true });
  });

  describe('inspect', () => {
    test('shows an entry beside the item, and that they agree', async () => {
      const { code, stdout, stderr } = await cli('inspect', 'user', 'username=ada');

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/entry +value, filled by a reader\n/);
      expect(stdout).toMatch(/TTL left +1[0-2] h \d+ min\n/);
      expect(stdout).toMatch(/firstName +"ada" +"ada"\n/);
      expect(stdout).toMatch(/✓ The entry says what the table says\.\n$/);
    });

    test('ends with 1 and marks the attributes where the entry says something else', async () => {
      await plantStale('brook');

      const { code, stdout } = await cli('inspect', 'user', 'username=brook');

      expect(code).toBe(1);
      expect(stdout).toMatch(/≠ +firstName +"Never" +"brook"\n/);
      expect(stdout).toMatch(/^ +username +"brook" +"brook"$/m);
      expect(stdout).toMatch(/✗ The entry says something else/);
      await cli('purge', 'user', 'username=brook', '--yes');
    });

    test('gives one JSON document, also of what is not there', async () => {
      const { code, stdout } = await cli('inspect', 'user', 'username=nobody', '--json');

      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ entry: null, table: null, agreement: 'missing' });
    });

    test('shows the generations and the first page of a collection', async () => {
      await sample.call('PUT /categories/tea', { body: { title: 'Tea' } });
      await sample.call('GET /categories');

      const { code, stdout } = await cli('inspect', 'categories', '--json');

      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ agreement: expect.stringMatching(/silent|agrees/) });
      expect(JSON.parse(stdout).keys.page).toContain('categories@1');
    });
  });

  describe('verify', () => {
    test('finds nothing where nothing is stale', async () => {
      const { code, stdout, stderr } = await cli('verify', '--json');

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const { finished, total, entities } = JSON.parse(stdout);
      expect({ finished, stale: total.stale }).toEqual({ finished: true, stale: 0 });
      expect(entities.user.agree + entities.user.missing).toBe(4);
    });

    test('names what is stale, and mends it only when it is told to', async () => {
      await plantStale('cleo');

      const found = await cli('verify', '--patience', '0.5');
      expect(found.code).toBe(1);
      expect(found.stdout).toMatch(/^ {2}user {2}USER#cleo {2}wrong for /m);
      expect(found.stdout).toMatch(/✗ \d+ items: 1 entry is stale; --repair replaces/);
      expect(await kindOf('cleo')).toBe('value');

      const repaired = await cli('verify', '--patience', '0.5', '--repair', '--yes', '--json');
      expect(repaired.code).toBe(1);
      expect(JSON.parse(repaired.stdout).total).toMatchObject({ stale: 1, repaired: 1 });
      expect(await kindOf('cleo')).toBe('tombstone');
      expect((await cli('verify', '--patience', '0.5')).code).toBe(0);
    });

    test('can be ended by Ctrl-C and taken up again', async () => {
      await plantStale('dana');
      const checkpoint = join(folder, 'verify.json');

      const running = startCli(['verify', '--patience', '300', '--checkpoint', checkpoint], environment);
      await running.printed(/looked at/);
      running.process.kill('SIGINT');
      const interrupted = await running.ended;

      expect(interrupted.code).toBe(130);
      expect(interrupted.stderr).toContain(`Where it stands is in ${checkpoint}: go on with --resume.`);
      const resumed = await cli('verify', '--patience', '0.5', '--checkpoint', checkpoint, '--resume', '--json');
      expect(resumed.code).toBe(1);
      expect(JSON.parse(resumed.stdout)).toMatchObject({ finished: true, stale: [{ key: 'USER#dana' }] });
      expect(existsSync(checkpoint)).toBe(false);
      await cli('purge', 'user', 'username=dana', '--yes');
    });
  });

  describe('purge', () => {
    test('leaves a tombstone in the place of an entry', async () => {
      await plantStale('ada');

      const { code, stdout } = await cli('purge', 'user', 'username=ada', '--yes');

      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: 'user username=ada: its entry is a tombstone now, and readers ask the table.\n',
      });
      expect(await kindOf('ada')).toBe('tombstone');
      expect((await sample.get('/users/ada')).body).toMatchObject({ firstName: 'ada' });
    });

    test('gives the pages of a collection a new generation', async () => {
      const { namespace } = cacheAccess(sample.stack);
      const key = generationKey(namespace, myOrders, { createdBy: 'x' });
      await cache.set(key, encodeGeneration({ nonce: FIRST_NONCE, at: Date.now() }), hours(1));

      const { code, stdout } = await cli('purge', 'my-orders', 'createdBy=x', '--yes', '--json');

      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({ subject: 'my-orders createdBy=x', purged: true });
      const generation = decodeGeneration((await cache.get(key)) ?? new Uint8Array());
      expect(generation).toMatchObject({ nonce: expect.stringMatching(/^[0-9a-f]{16}$/) });
      expect(generation).not.toMatchObject({ nonce: FIRST_NONCE });
    });

    test('changes nothing where nobody can be asked', async () => {
      await plantStale('brook');

      const { code, stderr } = await cli('purge', 'user', 'username=brook');

      expect(code).toBe(2);
      expect(stderr).toMatch(/^dynamo-cache-sync: There is no terminal to ask in: give --yes/);
      expect(await kindOf('brook')).toBe('value');
      await cli('purge', 'user', 'username=brook', '--yes');
    });
  });

  describe('flush', () => {
    test('says what to set', async () => {
      const { code, stdout } = await cli('flush', '--namespace', 'second');

      expect(code).toBe(0);
      expect(stdout).toContain(`The namespace is "${environment.CACHE_NAMESPACE}"`);
      expect(stdout).toContain('sam deploy --parameter-overrides CacheNamespace=second');
    });
  });

  describe('redrive', () => {
    let sqs: SqsServer;
    beforeAll(async () => {
      sqs = await startSqsServer({
        queues: ['held', 'taken'].map((name) => ({ name, visibilityTimeout: seconds(30) })),
      });
    });
    afterAll(() => sqs?.close());

    test('first says what it would do, and does it when it is told to', async () => {
      const redrive = (...more: string[]) =>
        runCli(['redrive', '--queue', sqs.urlOf('held'), '--json', ...more], {
          ...environment,
          AWS_ENDPOINT_URL_SQS: sqs.endpoint,
        });
      const record = lambdaRecord({ key: { ...userKey('cleo') }, type: 'MODIFY', sequence: 7, createdAt: Date.now() });
      sqs.queue('held').send({ body: JSON.stringify({ reason: 'set aside by a test', record }) });
      await plantStale('cleo');

      const dry = await redrive();
      expect(dry.code).toBe(0);
      expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, messages: [{ report: { tombstoned: 1 } }] });
      expect(await kindOf('cleo')).toBe('value');

      sqs.queue('held').send({ body: 'what nobody can read' });
      // A range that DynamoDB refuses to read.
      const refused = failureMessage({ start: '1', end: '2', count: 2 });
      sqs.queue('held').send({ body: JSON.stringify(refused) });
      const real = await redrive('--yes');
      expect(real.code).toBe(1);
      expect(JSON.parse(real.stdout).messages.map(({ kind }: { kind: string }) => kind)).toEqual([
        'redriven',
        'failed',
        'failed',
      ]);
      expect(await kindOf('cleo')).toBe('tombstone');
      expect(sqs.queue('held').counts()).toMatchObject({ visible: 2, inFlight: 0 });
    });

    test('does not take a queue for empty whose messages others have in hand', async () => {
      const redrive = () =>
        runCli(['redrive', '--queue', sqs.urlOf('taken')], { ...environment, AWS_ENDPOINT_URL_SQS: sqs.endpoint });
      expect((await redrive()).stdout).toBe('The queue is empty.\n');

      sqs.queue('taken').send({ body: 'taken by somebody else' });
      sqs.queue('taken').receive(1);

      expect((await redrive()).stdout).toMatch(/^The queue gave no message\. Others, .* have about 1 message in hand/);
    });
  });

  describe('tail', () => {
    test('shows a change, what becomes of it, and when its entry reflects it', async () => {
      const running = startCli(['tail', '--count', '1', '--json'], environment);
      await running.printed(/Following/);

      await sample.call('PATCH /users/ada', { body: { lastName: 'Tailed' } });
      const { code, stdout } = await running.ended;

      expect(code).toBe(0);
      const sightings: Record<string, unknown>[] = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(sightings[0]).toMatchObject({ kind: 'record', event: 'MODIFY', entity: 'user', key: 'USER#ada' });
      expect(sightings.at(-1)?.reflectedAfter).toEqual(expect.any(Number));
    });

    test.each([
      ['this Node', []],
      ['an older Node, through the pinned one', OLD_NODE],
    ])('ends with Ctrl-C, which under npm arrives twice, on %s', async (_, nodeOptions) => {
      const running = startCli(['tail'], environment, nodeOptions);
      await running.printed(/Following/);
      running.process.kill('SIGINT');
      running.process.kill('SIGINT');

      expect(await running.ended).toMatchObject({ code: 0, stdout: '' });
    });

    test('ends when nobody reads it any longer', async () => {
      const running = startCli(['tail', '--from-start'], environment);
      await running.printed(/INSERT/);
      running.process.stdout?.destroy();
      await sample.call('PATCH /users/ada', { body: { lastName: 'Unseen' } });

      expect(await running.ended).toMatchObject({ code: 0 });
    });
  });
});

describe('the command line, as it is typed', { timeout: 60_000 }, () => {
  const configured = { TABLE_NAME: 'sample', CACHE_STORE: 'momento', MOMENTO_ENDPOINT: '127.0.0.1:1' };

  test.for([
    ['an unknown command', ['mend'], /unknown command 'mend'/],
    ['an unknown entity', ['inspect', 'usr', 'username=a'], /has no "usr": it has user, organization/],
    ['an unknown parameter', ['inspect', 'user', 'name=a'], /has no parameter "name": it has username/],
    ['a parameter without a value', ['purge', 'user', 'username', '--yes'], /give name=value/],
    ['a share that is none', ['verify', '--sample', '3'], /Give a share such as 1% or 50%/],
    ['a cache map that is not there', ['verify', '--map', 'nowhere.ts'], /no cache map at nowhere\.ts/],
    ['a part of the table too many', ['warm', '--segments', '65'], /Give a whole number from 1 to 64/],
    ['a checkpoint that cannot be kept', ['warm', '--checkpoint', 'package.json/x'], /x cannot be written \(ENOTDIR\)/],
    ['a list that no parameters are of', ['inspect', 'my-orders', 'createdby=a'], /"createdby": it reads createdBy/],
    ['a queue that is no URL', ['redrive', '--queue', 'failures'], /Give the URL of the queue/],
    ['a queue that is missing', ['redrive'], /required option '--queue <url>'/],
    ['a cache that does not answer', ['purge', 'user', 'username=a', '--yes'], /the cache failed: momento/],
  ] as const)('ends with 2 and one sentence for %s', async ([, args, sentence]) => {
    const { code, stdout, stderr } = await runCli(args, configured);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test('tells its exit code on an older Node too', async () => {
    const { code, stderr } = await startCli(['mend'], configured, OLD_NODE).ended;

    expect(code).toBe(2);
    expect(stderr).toMatch(/unknown command 'mend'/);
  });

  test('names the variable that is missing', async () => {
    const { code, stderr } = await runCli(['verify'], {});

    expect(code).toBe(2);
    expect(stderr).toMatch(/^dynamo-cache-sync: MOMENTO_API_KEY_SECRET_ID is missing/);
  });

  test('shows an example in the help of every command', async () => {
    const { stdout } = await runCli(['--help'], {});
    const commands = [...stdout.matchAll(/^ {2}(\w+) .*$/gm)].map(([, name = '']) => name);
    expect(commands).toEqual(
      expect.arrayContaining(['inspect', 'verify', 'tail', 'warm', 'purge', 'redrive', 'flush']),
    );

    for (const name of commands.filter((name) => name !== 'help' && name !== 'npx')) {
      const help = await runCli([name, '--help'], {});
      expect(help.stdout).toMatch(/\n {2}npx dynamo-cache-sync \w+/);
    }
  });

  test('runs by npx, on whatever Node that finds', async () => {
    const { stdout } = await promisify(execFile)('npx', ['dynamo-cache-sync', 'flush', '--namespace', 'by-npx'], {
      cwd: ROOT,
      env: { ...process.env, ...configured },
    });

    expect(stdout).toContain('CacheNamespace=by-npx');
  });
});

const FIRST_NONCE = '0123456789abcdef';
