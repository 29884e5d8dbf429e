import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { cache_client as ping_client } from '@gomomento/generated-types/dist/cacheping.js';
import {
  CacheClient,
  CacheGet,
  CacheGetBatch,
  CacheGetWithHash,
  CacheIncreaseTtl,
  CacheIncrement,
  CacheItemGetTtl,
  CacheItemGetType,
  CacheKeysExist,
  CacheSet,
  CacheSetBatch,
  CacheSetIfAbsentOrHashEqual,
  CacheSetWithHash,
  Configurations,
  CreateCache,
  CredentialProvider,
  ItemType,
  ListCaches,
  MomentoErrorCode,
} from '@gomomento/sdk';
import { credentials, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MomentoServer, startMomentoServer } from '../../local/momento/server.ts';
import { milliseconds, seconds } from '../../shared/time.ts';
import { createTestClock } from '../support/clock.ts';
import { bytes, plainKey, text } from '../support/keys.ts';

const CACHE = 'cache';
const clock = createTestClock();

let server: MomentoServer;
let client: CacheClient;

beforeAll(async () => {
  server = await startMomentoServer({ caches: [CACHE], clock });
  client = await connect(server);
});

afterEach(() => server.faults.clear());

afterAll(async () => {
  client.close();
  await server.close();
});

describe('value conditions', () => {
  const conditions = {
    setIfAbsent: { missing: true, equal: false, different: false },
    setIfPresent: { missing: false, equal: true, different: true },
    setIfEqual: { missing: false, equal: true, different: false },
    setIfNotEqual: { missing: true, equal: false, different: true },
    setIfPresentAndNotEqual: { missing: false, equal: false, different: true },
    setIfAbsentOrEqual: { missing: true, equal: true, different: false },
  };
  const call = {
    setIfAbsent: (key: string) => client.setIfAbsent(CACHE, key, 'new'),
    setIfPresent: (key: string) => client.setIfPresent(CACHE, key, 'new'),
    setIfEqual: (key: string) => client.setIfEqual(CACHE, key, 'new', 'expected'),
    setIfNotEqual: (key: string) => client.setIfNotEqual(CACHE, key, 'new', 'expected'),
    setIfPresentAndNotEqual: (key: string) => client.setIfPresentAndNotEqual(CACHE, key, 'new', 'expected'),
    setIfAbsentOrEqual: (key: string) => client.setIfAbsentOrEqual(CACHE, key, 'new', 'expected'),
  } satisfies Record<keyof typeof conditions, (key: string) => Promise<{ type: string }>>;

  for (const [name, stores] of entriesOf(conditions)) {
    it(`${name} stores ${describeOutcomes(stores)}`, async () => {
      for (const [state, isStored] of entriesOf(stores)) {
        const key = plainKey();
        if (state !== 'missing') await client.setIfAbsent(CACHE, key, state === 'equal' ? 'expected' : 'other');
        const before = await read(key);

        expect((await call[name](key)).type, state).toBe(isStored ? 'Stored' : 'NotStored');
        expect(await read(key), state).toBe(isStored ? 'new' : before);
      }
    });
  }
});

describe('hash conditions', () => {
  const conditions = {
    setIfPresentAndHashEqual: { missing: false, equal: true, different: false },
    setIfPresentAndHashNotEqual: { missing: false, equal: false, different: true },
    setIfAbsentOrHashEqual: { missing: true, equal: true, different: false },
    setIfAbsentOrHashNotEqual: { missing: true, equal: false, different: true },
  };

  for (const [name, stores] of entriesOf(conditions)) {
    it(`${name} stores ${describeOutcomes(stores)}`, async () => {
      const hash = await hashOf('expected');
      for (const [state, isStored] of entriesOf(stores)) {
        const key = plainKey();
        if (state !== 'missing') await client.setIfAbsent(CACHE, key, state === 'equal' ? 'expected' : 'other');

        expect((await client[name](CACHE, key, 'new', hash)).type, state).toBe(isStored ? 'Stored' : 'NotStored');
      }
    });
  }

  it('answers the hash of what it stored, the one that a read of it answers', async () => {
    const key = plainKey();
    const stored = await client.setIfAbsentOrHashEqual(CACHE, key, 'value', bytes('no hash'));
    const read = await client.getWithHash(CACHE, key);

    if (!(stored instanceof CacheSetIfAbsentOrHashEqual.Stored)) throw new Error(`not stored: ${stored}`);
    if (!(read instanceof CacheGetWithHash.Hit)) throw new Error(`not found: ${read}`);
    expect(read.valueString()).toBe('value');
    expect(read.hashUint8Array()).toEqual(stored.hashUint8Array());
    expect(read.hashUint8Array()).not.toEqual(await hashOf('another value'));
  });

  it('finds nothing under a key that was never written', async () => {
    expect(await client.getWithHash(CACHE, plainKey())).toBeInstanceOf(CacheGetWithHash.Miss);
  });
});

describe('TTLs', () => {
  it('tells how much is left', async () => {
    const key = plainKey();
    await client.set(CACHE, key, 'value', { ttl: 10 });
    clock.advance(seconds(4));
    expect(await remainingTtl(key)).toBe(6_000);
    clock.advance(seconds(6));

    expect(await client.itemGetTtl(CACHE, key)).toBeInstanceOf(CacheItemGetTtl.Miss);
  });

  it('overwrites, increases and decreases what is left, and leaves it where it is enough already', async () => {
    const key = plainKey();
    await client.set(CACHE, key, 'value', { ttl: 10 });

    expect(await client.increaseTtl(CACHE, key, 9_000)).toBeInstanceOf(CacheIncreaseTtl.NotSet);
    expect((await client.increaseTtl(CACHE, key, 11_500)).type).toBe('Set');
    expect(await remainingTtl(key)).toBe(11_500);
    expect((await client.decreaseTtl(CACHE, key, 12_000)).type).toBe('NotSet');
    expect((await client.decreaseTtl(CACHE, key, 5_000)).type).toBe('Set');
    expect(await remainingTtl(key)).toBe(5_000);
    expect((await client.updateTtl(CACHE, key, 60_000)).type).toBe('Set');
    expect(await remainingTtl(key)).toBe(60_000);
    expect(await read(key)).toBe('value');
  });

  it('updates none where there is nothing', async () => {
    expect((await client.updateTtl(CACHE, plainKey(), 1_000)).type).toBe('Miss');
    expect((await client.increaseTtl(CACHE, plainKey(), 1_000)).type).toBe('Miss');
    expect((await client.decreaseTtl(CACHE, plainKey(), 1_000)).type).toBe('Miss');
  });

  it('refuses one of zero, and one beyond the limit', async () => {
    expect(errorCode(await client.updateTtl(CACHE, plainKey(), 0))).toBe(MomentoErrorCode.INVALID_ARGUMENT_ERROR);
    expect(errorCode(await client.set(CACHE, plainKey(), 'value', { ttl: 24 * 60 * 60 + 1 }))).toBe(
      MomentoErrorCode.INVALID_ARGUMENT_ERROR,
    );
  });

  it('counts the client’s default for a write that gives none', async () => {
    const key = plainKey();
    await client.setIfAbsent(CACHE, key, 'value');

    expect(await remainingTtl(key)).toBe(60_000);
  });
});

describe('increment', () => {
  it('counts up and down from nothing', async () => {
    const key = plainKey();

    expect(await increment(key, 1)).toBe(1);
    expect(await increment(key, 41)).toBe(42);
    expect(await increment(key, -42)).toBe(0);
    expect(await read(key)).toBe('0');
  });

  it('loses none of many at once', async () => {
    const key = plainKey();
    await Promise.all(Array.from({ length: 40 }, () => increment(key, 1)));

    expect(await read(key)).toBe('40');
  });

  it('refuses a value that is not an integer', async () => {
    const key = plainKey();
    await client.set(CACHE, key, '1.5');

    expect(errorCode(await client.increment(CACHE, key, 1))).toBe(MomentoErrorCode.FAILED_PRECONDITION_ERROR);
  });
});

describe('other reads and writes', () => {
  it('tells which keys exist', async () => {
    const key = plainKey();
    await client.set(CACHE, key, 'value');
    const response = await client.keysExist(CACHE, [plainKey(), key, plainKey()]);

    expect(response instanceof CacheKeysExist.Success && response.exists()).toEqual([false, true, false]);
  });

  it('deletes, and does not mind that there is nothing to delete', async () => {
    const key = plainKey();
    await client.set(CACHE, key, 'value');

    expect((await client.delete(CACHE, key)).type).toBe('Success');
    expect((await client.delete(CACHE, key)).type).toBe('Success');
    expect(await client.get(CACHE, key)).toBeInstanceOf(CacheGet.Miss);
  });

  it('tells a scalar from nothing', async () => {
    const key = plainKey();
    await client.set(CACHE, key, 'value');

    const found = await client.itemGetType(CACHE, key);
    expect(found instanceof CacheItemGetType.Hit && found.itemType()).toBe(ItemType.SCALAR);
    expect(await client.itemGetType(CACHE, plainKey())).toBeInstanceOf(CacheItemGetType.Miss);
  });

  it('keeps apart keys that are not text', async () => {
    await client.set(CACHE, Uint8Array.of(0xff, 0xfe), 'first');
    await client.set(CACHE, Uint8Array.of(0xff, 0xfd), 'second');

    expect(await read(Uint8Array.of(0xff, 0xfe))).toBe('first');
  });

  it('answers batches in order, each part by itself', async () => {
    const [first, second, broken] = [plainKey(), plainKey(), plainKey()];
    const written = await client.setBatch(CACHE, [
      { key: first, value: 'first', ttl: 5 },
      { key: broken, value: 'broken', ttl: 48 * 60 * 60 },
      { key: second, value: 'second', ttl: 5 },
    ]);
    const read = await client.getBatch(CACHE, [second, broken, first, second]);

    if (!(written instanceof CacheSetBatch.Success)) throw new Error(`not written: ${written}`);
    expect(written.results().map(({ type }) => type)).toEqual(['Success', 'Error', 'Success']);
    if (!(read instanceof CacheGetBatch.Success)) throw new Error(`not read: ${read}`);
    expect(read.results().map((result) => result.value())).toEqual(['second', undefined, 'first', 'second']);
  });
});

describe('limits and refusals', () => {
  it('takes an item of 5 MB with its key, and not a byte more', async () => {
    const key = plainKey();
    const fits = new Uint8Array(5 * 1024 * 1024 - Buffer.byteLength(key));

    expect((await client.set(CACHE, key, fits)).type).toBe('Success');
    const refused = await client.set(CACHE, key, new Uint8Array(fits.byteLength + 1));
    expect(errorCode(refused)).toBe(MomentoErrorCode.LIMIT_EXCEEDED_ERROR);
    expect(refused instanceof CacheSet.Error && refused.innerException()).toMatchObject({
      errCause: 'item_size_limit_exceeded',
    });
  });

  it('refuses an empty key, and a cache that does not exist', async () => {
    expect(errorCode(await client.get(CACHE, ''))).toBe(MomentoErrorCode.INVALID_ARGUMENT_ERROR);
    expect(errorCode(await client.get('elsewhere', 'key'))).toBe(MomentoErrorCode.CACHE_NOT_FOUND_ERROR);
    expect(errorCode(await client.getBatch('elsewhere', ['key']))).toBe(MomentoErrorCode.CACHE_NOT_FOUND_ERROR);
    expect(errorCode(await client.setIfAbsent('elsewhere', 'key', 'value'))).toBe(
      MomentoErrorCode.CACHE_NOT_FOUND_ERROR,
    );
  });

  it('says of a method that it does not implement that it does not', async () => {
    expect(errorCode(await client.listFetch(CACHE, 'list'))).toBe(MomentoErrorCode.BAD_REQUEST_ERROR);
  });
});

describe('control plane', () => {
  it('creates, lists, flushes and deletes caches', async () => {
    const key = plainKey();
    expect(await client.createCache('temporary')).toBeInstanceOf(CreateCache.Success);
    expect(await client.createCache('temporary')).toBeInstanceOf(CreateCache.AlreadyExists);
    await client.set('temporary', key, 'value');
    await client.set(CACHE, key, 'untouched');

    expect(await listCaches()).toEqual([CACHE, 'temporary']);
    expect((await client.flushCache('temporary')).type).toBe('Success');
    expect(await client.get('temporary', key)).toBeInstanceOf(CacheGet.Miss);
    expect(await read(key)).toBe('untouched');
    expect((await client.deleteCache('temporary')).type).toBe('Success');
    expect(errorCode(await client.get('temporary', key))).toBe(MomentoErrorCode.CACHE_NOT_FOUND_ERROR);
    expect(errorCode(await client.deleteCache('temporary'))).toBe(MomentoErrorCode.CACHE_NOT_FOUND_ERROR);
    expect(errorCode(await client.flushCache('temporary'))).toBe(MomentoErrorCode.CACHE_NOT_FOUND_ERROR);
  });

  it('answers a ping', async () => {
    const ping = new ping_client.PingClient(server.endpoint, credentials.createInsecure());
    const answer = await new Promise((resolve, reject) => {
      ping.Ping(new ping_client._PingRequest(), (error, response) => (error ? reject(error) : resolve(response)));
    });

    expect(answer).toBeInstanceOf(ping_client._PingResponse);
    ping.close();
  });
});

describe('faults', () => {
  it('meet the method and the number of calls that they were injected for', async () => {
    server.faults.inject({ kind: 'fail', code: status.PERMISSION_DENIED, on: 'Get', times: 1 });
    const key = plainKey();

    expect((await client.set(CACHE, key, 'value')).type).toBe('Success');
    expect(errorCode(await client.get(CACHE, key))).toBe(MomentoErrorCode.PERMISSION_ERROR);
    expect(await read(key)).toBe('value');
  });

  it('are over when they are taken back', async () => {
    const end = server.faults.inject({ kind: 'fail', code: status.INTERNAL, on: 'Delete' });
    end();

    expect((await client.delete(CACHE, plainKey())).type).toBe('Success');
  });

  it('are counted by their kind, also when they are taken back', async () => {
    const before = server.faults.met();
    server.faults.inject({ kind: 'fail', code: status.INTERNAL, on: 'Get', times: 1 });
    server.faults.inject({ kind: 'throttle', on: 'Set' });
    await client.get(CACHE, plainKey());
    await client.get(CACHE, plainKey());
    await client.set(CACHE, plainKey(), 'value');
    server.faults.clear();
    await client.set(CACHE, plainKey(), 'value');

    expect(server.faults.met()).toEqual({ ...before, fail: before.fail + 1, throttle: before.throttle + 1 });
  });

  it('meet the same share of calls again with the same seed', async () => {
    const outcomes = async () => {
      const seeded = await startMomentoServer({ caches: [CACHE], seed: 7 });
      const asking = await connect(seeded);
      seeded.faults.inject({ kind: 'fail', code: status.INTERNAL, on: 'SetIf', rate: 0.3 });
      const types: string[] = [];
      for (let index = 0; index < 60; index += 1) types.push((await asking.setIfAbsent(CACHE, plainKey(), 'v')).type);
      asking.close();
      await seeded.close();
      return types;
    };
    const first = await outcomes();

    expect(first.filter((type) => type === 'Error').length).toBeGreaterThan(6);
    expect(first.filter((type) => type === 'Error').length).toBeLessThan(36);
    expect(await outcomes()).toEqual(first);
  });

  it('apply a write whose answer is lost, and one whose client has given up', async () => {
    const [lost, late] = [plainKey(), plainKey()];
    server.faults.inject({ kind: 'answer-lost', on: 'SetIf', times: 1 });
    server.faults.inject({ kind: 'apply-late', by: milliseconds(100), on: 'SetIf', times: 1 });

    expect((await client.setIfAbsent(CACHE, lost, 'applied')).type).toBe('Error');
    const signal = AbortSignal.timeout(30);
    expect((await client.setIfAbsent(CACHE, late, 'applied', { abortSignal: signal })).type).toBe('Error');
    expect(await read(lost)).toBe('applied');
    expect(await read(late)).toBeUndefined();
    await expect.poll(() => read(late)).toBe('applied');
  });

  it('do not apply a delayed write whose client has given up', async () => {
    const key = plainKey();
    server.faults.inject({ kind: 'delay', by: milliseconds(100), on: 'SetIf', times: 1 });
    await client.setIfAbsent(CACHE, key, 'value', { abortSignal: AbortSignal.timeout(30) });
    await new Promise((resolve) => setTimeout(resolve, 200));

    expect(await read(key)).toBeUndefined();
  });
});

describe('keys that were written both ways', () => {
  it('are named, whichever write came first and whether or not it stored', async () => {
    const fresh = await startMomentoServer({ caches: [CACHE], clock });
    const asking = await connect(fresh);
    await asking.set(CACHE, 'plain', 'value');
    await asking.setIfAbsent(CACHE, 'conditional', 'value');
    expect(fresh.stats.mixedKeys()).toEqual([]);

    await asking.set(CACHE, 'set-then-if', 'value');
    await asking.setIfAbsent(CACHE, 'set-then-if', 'value');
    await asking.setIfEqual(CACHE, 'if-then-batch', 'value', 'other');
    await asking.setBatch(CACHE, { 'if-then-batch': 'value' });
    await asking.setIfPresentAndHashEqual(CACHE, 'hash-then-delete', 'value', bytes('hash'));
    await asking.delete(CACHE, 'hash-then-delete');

    expect(fresh.stats.mixedKeys().sort()).toEqual([
      'cache/hash-then-delete',
      'cache/if-then-batch',
      'cache/set-then-if',
    ]);
    asking.close();
    await fresh.close();
  });
});

describe('as a process of its own', () => {
  it('prints its port, serves, and ends when its input is closed', async () => {
    const child = spawn(process.execPath, ['local/momento/main.ts', '--cache', 'own'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const { port } = JSON.parse(String(line));
    const asking = await connect({ hostname: '127.0.0.1', port });

    expect((await asking.set('own', 'key', 'value')).type).toBe('Success');
    asking.close();
    child.stdin.end();
    expect(await exited).toEqual([0, null]);
  });
});

function connect({ hostname, port }: Pick<MomentoServer, 'hostname' | 'port'>): Promise<CacheClient> {
  return CacheClient.create({
    credentialProvider: CredentialProvider.forMomentoLocal({ hostname, port }),
    configuration: Configurations.Laptop.latest({ getLogger: () => silent }),
    defaultTtlSeconds: 60,
  });
}

const silent = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

async function read(key: string | Uint8Array): Promise<string | undefined> {
  const response = await client.get(CACHE, key);
  return response instanceof CacheGet.Hit ? text(response.valueUint8Array()) : undefined;
}

async function hashOf(value: string): Promise<Uint8Array> {
  const stored = await client.setWithHash(CACHE, plainKey(), value);
  if (!(stored instanceof CacheSetWithHash.Stored)) throw new Error(`not stored: ${stored}`);
  return stored.hashUint8Array();
}

async function remainingTtl(key: string): Promise<number | undefined> {
  const response = await client.itemGetTtl(CACHE, key);
  return response instanceof CacheItemGetTtl.Hit ? response.remainingTtlMillis() : undefined;
}

async function increment(key: string, amount: number): Promise<number | undefined> {
  const response = await client.increment(CACHE, key, amount);
  return response instanceof CacheIncrement.Success ? response.value() : undefined;
}

async function listCaches(): Promise<string[]> {
  const response = await client.listCaches();
  return response instanceof ListCaches.Success ? response.getCaches().map((cache) => cache.getName()) : [];
}

/** Code of the error that a response is; `undefined` for any other response. */
function errorCode(response: object): unknown {
  return 'errorCode' in response && typeof response.errorCode === 'function' ? response.errorCode() : undefined;
}

function describeOutcomes(stores: Record<string, boolean>): string {
  const outcomes = Object.entries(stores).map(([state, isStored]) => `${isStored ? '' : 'not '}over ${state}`);
  return outcomes.join(', ');
}

function entriesOf<Key extends string, Value>(record: Record<Key, Value>): [Key, Value][] {
  return Object.entries(record) as [Key, Value][];
}
