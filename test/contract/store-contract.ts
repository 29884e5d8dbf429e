import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreRejected, StoreThrottled, StoreUnavailable } from '../../shared/store/errors.ts';
import type { CacheStore, CallOptions } from '../../shared/store/port.ts';
import { type Duration, milliseconds, minutes, seconds } from '../../shared/time.ts';
import { bytes, entryKey, plainKey, text } from '../support/keys.ts';

/** What the suite needs to know of a kind of store. */
export interface StoreHarness {
  /** A store over the same data as all the others that this harness opens, through a connection of its own. */
  open(): Promise<CacheStore>;
  /** Lets time pass for the stored entries: moves a clock, or waits. */
  pass(duration: Duration): Promise<void>;
  /** A value of this size fits, one of twice the size does not. Left out where there is no limit. */
  readonly maxValueBytes?: number;
  /** How to make the service fail. Left out where there is no service. */
  readonly outage?: Outage;
  /** Stops what the harness started. */
  close(): Promise<void>;
}

/** Ways in which the service can fail, until `end` is called. */
export interface Outage {
  /** Ways in which this service does not fail, and why not. */
  readonly impossible?: Partial<Record<OutageKind, string>>;
  begin(kind: OutageKind): Promise<void>;
  end(): Promise<void>;
}

export type OutageKind = 'unreachable' | 'silent' | 'throttling';

/**
 * What every store must do, whatever is behind it: the rules of `shared/store/port.ts` that the protocol stands on.
 *
 * @param start Called once, before the first test.
 */
export function describeStoreContract(name: string, start: () => Promise<StoreHarness>): void {
  describe(`store contract: ${name}`, () => {
    let harness: StoreHarness;
    let store: CacheStore;
    let other: CacheStore;

    beforeAll(async () => {
      harness = await start();
      [store, other] = await Promise.all([harness.open(), harness.open()]);
    });

    afterAll(async () => {
      await Promise.all([store?.close(), other?.close()]);
      await harness?.close();
    });

    describe('reading', () => {
      it('finds nothing under a key that was never written', async () => {
        expect(await store.get(entryKey())).toBeUndefined();
        expect(await store.get(plainKey())).toBeUndefined();
      });

      it('returns what another client wrote', async () => {
        const key = entryKey();
        await store.setIfAbsent(key, bytes('value'), minutes(1));

        expect(text(await other.get(key))).toBe('value');
      });

      it('returns every byte as it was written', async () => {
        const key = plainKey();
        const every = Uint8Array.from({ length: 1_024 }, (_, index) => index % 256);
        await store.set(key, every, minutes(1));

        expect(Buffer.compare((await store.get(key)) ?? bytes(''), every)).toBe(0);
      });

      it('tells an empty value from none', async () => {
        const key = entryKey();
        await store.setIfAbsent(key, new Uint8Array(), minutes(1));

        expect(await store.get(key)).toHaveLength(0);
        expect((await store.getMany([key]))[0]).toHaveLength(0);
        expect(await store.setIfAbsent(key, bytes('value'), minutes(1))).toBe(false);
      });

      it('keeps apart keys that differ only in case, escapes or characters beyond ASCII', async () => {
        const base = plainKey();
        const keys = ['', 'a', 'A', '%41', 'é', 'e\u0301', '🙂', '#', '/', '\n', ' '].map((end) =>
          plainKey(base + end),
        );
        await store.setMany(keys.map((key, index) => ({ key, value: bytes(`${index}`), ttl: minutes(1) })));

        expect((await store.getMany(keys)).map(text)).toEqual(keys.map((_, index) => `${index}`));
      });
    });

    describe('reading many', () => {
      it('answers in the order of the keys, with gaps and duplicates where they were asked for', async () => {
        const [first, second, missing] = [entryKey(), plainKey(), entryKey()];
        await store.setIfAbsent(first, bytes('first'), minutes(1));
        await store.set(second, bytes('second'), minutes(1));

        const found = await store.getMany([second, missing, first, second]);

        expect(found.map(text)).toEqual(['second', undefined, 'first', 'second']);
      });

      it('answers an empty list with an empty list', async () => {
        expect(await store.getMany([])).toEqual([]);
      });

      it('reads more keys than any one request of a service takes', async () => {
        const keys = Array.from({ length: 2_345 }, () => plainKey());
        await store.setMany(
          keys.map((key, index) => ({ key, value: bytes(`${index}`), ttl: minutes(1) })),
          { timeout: seconds(15) },
        );

        const found = await store.getMany(keys, { timeout: seconds(15) });

        expect(found.map(text)).toEqual(keys.map((_, index) => `${index}`));
      });
    });

    describe('telling the time that is left', () => {
      it('says how much longer an entry and a plain key live', async () => {
        const [entry, plain] = [entryKey(), plainKey()];
        await store.setAlways(entry, bytes('value'), minutes(2));
        await store.set(plain, bytes('value'), minutes(2));

        for (const key of [entry, plain]) {
          const left = await other.ttlLeft?.(key);
          expect(left).toBeGreaterThan(minutes(1));
          expect(left).toBeLessThanOrEqual(minutes(2));
        }
      });

      it('says nothing of a key that was never written', async () => {
        expect(await store.ttlLeft?.(entryKey())).toBeUndefined();
      });
    });

    describe('sharing no bytes', () => {
      it('is not changed by who changes a value after writing it', async () => {
        const [entry, plain, batched] = [entryKey(), plainKey(), plainKey()];
        const value = bytes('before');
        await store.setIfAbsent(entry, value, minutes(1));
        await store.set(plain, value, minutes(1));
        await store.setMany([{ key: batched, value, ttl: minutes(1) }]);
        value.fill(0);

        expect((await store.getMany([entry, plain, batched])).map(text)).toEqual(['before', 'before', 'before']);
      });

      it('is not changed by who changes what it returned', async () => {
        const key = entryKey();
        await store.setIfAbsent(key, bytes('before'), minutes(1));
        (await store.get(key))?.fill(0);
        const [first, second] = await store.getMany([key, key]);
        first?.fill(0);

        expect(text(second)).toBe('before');
        expect(text(await store.get(key))).toBe('before');
      });

      it('takes a view into a larger buffer for what it shows', async () => {
        const [entry, plain] = [entryKey(), plainKey()];
        const view = bytes('<<shown>>').subarray(2, 7);
        await store.setIfAbsent(entry, view, minutes(1));
        await store.set(plain, view, minutes(1));

        expect((await store.getMany([entry, plain])).map(text)).toEqual(['shown', 'shown']);
        expect(await store.setIfUnchanged(entry, bytes('next'), bytes('[shown]').subarray(1, 6), minutes(1))).toBe(
          true,
        );
      });
    });

    describe('writing where there is nothing', () => {
      it('refuses to replace what is there', async () => {
        const key = entryKey();

        expect(await store.setIfAbsent(key, bytes('first'), minutes(1))).toBe(true);
        expect(await other.setIfAbsent(key, bytes('second'), minutes(1))).toBe(false);
        expect(text(await store.get(key))).toBe('first');
      });

      it('lets exactly one of many concurrent writers win, and keeps what that one wrote', async () => {
        const key = entryKey();
        const outcomes = await Promise.all(
          Array.from({ length: 50 }, async (_, index) => {
            const writer = index % 2 === 0 ? store : other;
            return { index, won: await writer.setIfAbsent(key, bytes(`${index}`), minutes(1), PATIENT) };
          }),
        );

        const winners = outcomes.filter(({ won }) => won);
        expect(winners).toHaveLength(1);
        expect(text(await store.get(key))).toBe(`${winners[0]?.index}`);
      });
    });

    describe('writing where nothing has changed', () => {
      it('replaces exactly what was expected', async () => {
        const key = entryKey();
        await store.setIfAbsent(key, bytes('first'), minutes(1));

        expect(await store.setIfUnchanged(key, bytes('second'), bytes('other'), minutes(1))).toBe(false);
        expect(await store.setIfUnchanged(key, bytes('second'), bytes('firs'), minutes(1))).toBe(false);
        expect(await store.setIfUnchanged(key, bytes('second'), bytes('first'), minutes(1))).toBe(true);
        expect(text(await store.get(key))).toBe('second');
      });

      it('writes nothing where there is nothing', async () => {
        const key = entryKey();

        expect(await store.setIfUnchanged(key, bytes('value'), bytes(''), minutes(1))).toBe(false);
        expect(await store.get(key)).toBeUndefined();
      });

      it('takes an expired entry for one that is not there', async () => {
        const key = entryKey();
        await store.setIfAbsent(key, bytes('first'), seconds(1));
        await harness.pass(milliseconds(1_100));

        expect(await store.setIfUnchanged(key, bytes('second'), bytes('first'), minutes(1))).toBe(false);
        expect(await store.get(key)).toBeUndefined();
      });

      it('lets exactly one of many concurrent writers win, and keeps what that one wrote', async () => {
        const key = entryKey();
        await store.setIfAbsent(key, bytes('first'), minutes(1));
        const outcomes = await Promise.all(
          Array.from({ length: 50 }, async (_, index) => {
            const writer = index % 2 === 0 ? store : other;
            const won = await writer.setIfUnchanged(key, bytes(`${index}`), bytes('first'), minutes(1), PATIENT);
            return { index, won };
          }),
        );

        const winners = outcomes.filter(({ won }) => won);
        expect(winners).toHaveLength(1);
        expect(text(await store.get(key))).toBe(`${winners[0]?.index}`);
      });
    });

    describe('writing whatever is there', () => {
      it('writes over nothing, over another value, and over the same again', async () => {
        const key = entryKey();

        for (const value of ['first', 'second', 'second']) {
          await store.setAlways(key, bytes(value), minutes(1));
          expect(text(await store.get(key))).toBe(value);
        }
      });

      it('defeats a conditional write that was decided before it', async () => {
        const key = entryKey();
        await store.setIfAbsent(key, bytes('read'), minutes(1));
        await other.setAlways(key, bytes('tombstone'), minutes(1));

        expect(await store.setIfUnchanged(key, bytes('stale'), bytes('read'), minutes(1))).toBe(false);
        expect(text(await store.get(key))).toBe('tombstone');
      });
    });

    describe('writing plainly', () => {
      it('replaces what is there', async () => {
        const key = plainKey();
        await store.set(key, bytes('first'), minutes(1));
        await other.set(key, bytes('second'), minutes(1));

        expect(text(await store.get(key))).toBe('second');
      });

      it('writes many keys, each with its own TTL', async () => {
        const [short, long] = [plainKey(), plainKey()];
        await store.setMany([
          { key: short, value: bytes('short'), ttl: seconds(1) },
          { key: long, value: bytes('long'), ttl: minutes(1) },
        ]);

        expect((await store.getMany([short, long])).map(text)).toEqual(['short', 'long']);
        await harness.pass(milliseconds(1_100));
        expect((await store.getMany([short, long])).map(text)).toEqual([undefined, 'long']);
      });

      it('accepts an empty list', async () => {
        await expect(store.setMany([])).resolves.toBeUndefined();
      });
    });

    describe('expiry', () => {
      it('keeps an entry for its TTL and no longer, whichever way it was written', async () => {
        const [absent, unchanged, always] = [entryKey(), entryKey(), entryKey()];
        const plain = plainKey();
        const keys = [absent, unchanged, always, plain];
        await store.setIfAbsent(unchanged, bytes('first'), minutes(1));
        await store.setIfAbsent(absent, bytes('value'), seconds(2));
        await store.setIfUnchanged(unchanged, bytes('value'), bytes('first'), seconds(2));
        await store.setAlways(always, bytes('value'), seconds(2));
        await store.set(plain, bytes('value'), seconds(2));

        await harness.pass(seconds(1));
        expect((await store.getMany(keys)).map(text)).toEqual(['value', 'value', 'value', 'value']);
        await harness.pass(milliseconds(1_100));
        expect(await store.getMany(keys)).toEqual([undefined, undefined, undefined, undefined]);
        expect(await store.get(absent)).toBeUndefined();
      });

      it('makes room for a new entry', async () => {
        const key = entryKey();
        await store.setIfAbsent(key, bytes('first'), seconds(1));
        await harness.pass(milliseconds(1_100));

        expect(await store.setIfAbsent(key, bytes('second'), minutes(1))).toBe(true);
        expect(text(await store.get(key))).toBe('second');
      });

      it('takes a fraction of a second for a TTL, not for none', async () => {
        const key = entryKey();
        await store.setIfAbsent(key, bytes('value'), milliseconds(900));

        expect(text(await store.get(key))).toBe('value');
        await harness.pass(milliseconds(1_100));
        expect(await store.get(key)).toBeUndefined();
      });

      it('cuts a TTL that is longer than the service keeps', async () => {
        const [entry, plain] = [entryKey(), plainKey()];
        const tooLong = milliseconds((store.maxTtl ?? minutes(60)) * 2);
        await store.setIfAbsent(entry, bytes('value'), tooLong);
        await store.setMany([{ key: plain, value: bytes('value'), ttl: tooLong }]);

        expect((await store.getMany([entry, plain])).map(text)).toEqual(['value', 'value']);
      });
    });

    describe('large values', () => {
      it('stores, compares and returns the largest value that fits', async ({ skip }) => {
        const { maxValueBytes } = harness;
        if (maxValueBytes === undefined) return skip('there is no limit');
        const key = entryKey();
        const [first, second] = [new Uint8Array(maxValueBytes).fill(1), new Uint8Array(maxValueBytes).fill(2)];
        const patient = { timeout: seconds(15), attempts: 3 };

        expect(await store.setIfAbsent(key, first, minutes(1), patient)).toBe(true);
        expect(await store.setIfUnchanged(key, second, first, minutes(1), patient)).toBe(true);
        expect(Buffer.compare((await store.get(key, patient)) ?? first, second)).toBe(0);
      });

      it('writes and reads many of them at once', async ({ skip }) => {
        const { maxValueBytes } = harness;
        if (maxValueBytes === undefined) return skip('there is no limit');
        const value = new Uint8Array(Math.floor(maxValueBytes / 2)).fill(7);
        const writes = Array.from({ length: 8 }, () => ({ key: plainKey(), value, ttl: minutes(1) }));
        const patient = { timeout: seconds(15), attempts: 3 };
        await store.setMany(writes, patient);

        const found = await store.getMany(
          writes.map(({ key }) => key),
          patient,
        );

        expect(found.every((one) => one !== undefined && Buffer.compare(one, value) === 0)).toBe(true);
      });

      it('rejects one that is too large as such, whichever way it is written, and keeps what was there', async ({
        skip,
      }) => {
        const { maxValueBytes } = harness;
        if (maxValueBytes === undefined) return skip('there is no limit');
        const [key, plain] = [entryKey(), plainKey()];
        const value = new Uint8Array(maxValueBytes * 2);
        await store.setIfAbsent(key, bytes('small'), minutes(1));

        const tooLarge = { name: StoreRejected.name, reason: 'too-large' };
        await expect(store.setIfAbsent(entryKey(), value, minutes(1))).rejects.toMatchObject(tooLarge);
        await expect(store.setIfUnchanged(key, value, bytes('small'), minutes(1))).rejects.toMatchObject(tooLarge);
        await expect(store.setAlways(key, value, minutes(1))).rejects.toMatchObject(tooLarge);
        await expect(store.set(plain, value, minutes(1))).rejects.toMatchObject(tooLarge);
        await expect(store.setMany([{ key: plain, value, ttl: minutes(1) }])).rejects.toMatchObject(tooLarge);
        expect((await store.getMany([key, plain])).map(text)).toEqual(['small', undefined]);
      });
    });

    describe('outages', () => {
      const failures = [
        { kind: 'unreachable', error: StoreUnavailable },
        { kind: 'silent', error: StoreUnavailable },
        { kind: 'throttling', error: StoreThrottled },
      ] as const;

      for (const { kind, error } of failures) {
        it(`rejects every call with ${error.name} within its timeout while the service is ${kind}`, async ({
          skip,
        }) => {
          const { outage } = harness;
          if (outage === undefined) return skip('there is no service');
          if (outage.impossible?.[kind] !== undefined) return skip(outage.impossible[kind]);
          await outage.begin(kind);
          try {
            for (const attempts of [1, 3]) {
              const outcomes = await Promise.all(everyCall(store, { timeout: milliseconds(400), attempts }));
              for (const { call, thrown, took } of outcomes) {
                expect(thrown, call).toBeInstanceOf(error);
                // The machine that runs the tests may be slow to call a timer that is due.
                expect(took, call).toBeLessThan(400 + 350);
              }
            }
          } finally {
            await outage.end();
          }
        });
      }

      it('answers again when the service does', async ({ skip }) => {
        const { outage } = harness;
        if (outage === undefined) return skip('there is no service');
        const key = entryKey();
        await outage.begin('unreachable');
        await expect(store.setIfAbsent(key, bytes('value'), minutes(1))).rejects.toThrow(StoreUnavailable);
        await outage.end();

        expect(await store.setIfAbsent(key, bytes('value'), minutes(1), PATIENT)).toBe(true);
      });

      it('tries again, when asked to, until the service answers', async ({ skip }) => {
        const { outage } = harness;
        if (outage === undefined) return skip('there is no service');
        const key = entryKey();
        await outage.begin(outage.impossible?.throttling === undefined ? 'throttling' : 'unreachable');
        const writing = store.setIfAbsent(key, bytes('value'), minutes(1), { timeout: seconds(10), attempts: 20 });
        setTimeout(() => void outage.end(), 200);

        expect(await writing).toBe(true);
      });
    });

    describe('closing', () => {
      it('can be done twice, and leaves other clients alone', async () => {
        const closing = await harness.open();
        const key = entryKey();
        // Of a cluster, some connections may not be back yet from the outages before.
        await store.setIfAbsent(key, bytes('value'), minutes(1), PATIENT);
        await closing.close();
        await closing.close();

        expect(text(await store.get(key, PATIENT))).toBe('value');
      });

      it('rejects whatever is asked afterwards', async () => {
        const closed = await harness.open();
        await closed.close();

        for (const { call, thrown } of await Promise.all(everyCall(closed, {}))) {
          expect(thrown, call).toBeInstanceOf(StoreUnavailable);
        }
      });
    });
  });
}

/** For calls whose number is the point, on a machine that may be busy. */
const PATIENT: CallOptions = { timeout: seconds(10), attempts: 5 };

/** Every operation once, on keys of its own: what it threw, and how long it took in milliseconds. */
function everyCall(
  store: CacheStore,
  options: CallOptions,
): Promise<{ call: string; thrown: unknown; took: number }>[] {
  const value = bytes('value');
  const ttl = minutes(1);
  const calls: Record<string, () => Promise<unknown>> = {
    get: () => store.get(entryKey(), options),
    getMany: () => store.getMany([entryKey(), plainKey()], options),
    setIfAbsent: () => store.setIfAbsent(entryKey(), value, ttl, options),
    setIfUnchanged: () => store.setIfUnchanged(entryKey(), value, bytes('expected'), ttl, options),
    setAlways: () => store.setAlways(entryKey(), value, ttl, options),
    set: () => store.set(plainKey(), value, ttl, options),
    setMany: () => store.setMany([{ key: plainKey(), value, ttl }], options),
  };
  return Object.entries(calls).map(async ([call, run]) => {
    const start = performance.now();
    const thrown = await run().then(
      () => undefined,
      (error: unknown) => error,
    );
    return { call, thrown, took: performance.now() - start };
  });
}
