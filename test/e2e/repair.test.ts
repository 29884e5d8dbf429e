import { afterEach, expect, test } from 'vitest';
import { order, product, user } from '../../cache.config.ts';
import { orderKey, productKey, type TableKey, userKey } from '../../functions/model/keys.ts';
import { decodeEntry, encodeEntry, newNonce } from '../../shared/entry/entry.ts';
import { encodePayload } from '../../shared/entry/payload.ts';
import type { AnyEntity } from '../../shared/map/entity.ts';
import { hours, seconds } from '../../shared/time.ts';
import { connectToCache, keyInCache } from '../support/cache-access.ts';
import { describeWithJava } from '../support/java.ts';
import { eventually } from '../support/processes.ts';
import { outputOf } from '../support/queue-messages.ts';
import { useStack } from '../support/stack.ts';
import { changeItem } from '../support/table-changes.ts';
import { answersUntil } from '../support/waiting.ts';

/** So that a test need not wait for a minute: two looks, this far apart. */
const AUDIT_DELAY = seconds(3);

describeWithJava('repair, from the change to the repaired entry', { timeout: 90_000 }, () => {
  const sample = useStack({
    // Every change is audited, and what fails is given up on after one retry.
    parameters: { AuditShare: '1', SyncMaximumRetryAttempts: 1 },
    variables: { AUDIT_DELAY_SECONDS: String(AUDIT_DELAY / 1_000) },
    onInvocation: ({ verdict }) => void verdicts.push(verdict),
  });
  const { call, get } = sample;
  const verdicts: string[] = [];
  const output = outputOf(sample.printed);

  afterEach(() => sample.stack.momento.faults.clear());

  test('a record for which the cache map throws is set aside and redriven, and holds up nobody', async () => {
    const from = '198.51.100.1';
    const { body: poisoned } = await call('POST /orders', { from, body: ITEMS });
    await sample.stack.poller.drained();
    const before = await get(`/orders/${poisoned.orderId}`, { from });
    expect(before).toMatchObject({ status: 200, cache: 'hit' });
    const redriven = output.metric('Redriven').length;

    // An order without its creator: neither `project` nor `by` can do anything with it.
    await changeItem(sample.stack, orderKey(poisoned.orderId), { createdBy: undefined, revision: 2 });
    const { body: next } = await call('POST /orders', { from, body: ITEMS });
    await sample.stack.poller.drained();

    expect(await get(`/orders/${next.orderId}`, { from })).toMatchObject({ status: 200, cache: 'hit' });
    expect(output.logged('ERROR')).toContain('record quarantined');
    expect(await eventually(() => output.metric('Redriven').length > redriven, 20_000)).toBe(true);
    expect(output.metric('Redriven').at(-1)).toBe(1);
    expect(await emptied('QuarantineQueue')).toBe(true);
    expect(await kindInCache(order, orderKey(poisoned.orderId))).toBe('tombstone');
    // What nobody can make sense of is never answered from the cache.
    expect(await get(`/orders/${poisoned.orderId}`, { from })).toMatchObject({ status: 500, cache: null });

    await changeItem(sample.stack, orderKey(poisoned.orderId), { createdBy: from, revision: 3 });
    const path = `/orders/${poisoned.orderId}`;
    const mended = await answersUntil(
      () => get(path, { from }),
      ({ cache }) => cache === 'hit',
    );
    expect(mended.at(-1)?.body).toEqual(before.body);
  });

  test('a change that is given up on is redriven from the stream: nobody is answered with what was before it', async () => {
    const read = () => get('/users/ada');
    await call('POST /users', {
      body: { username: 'ada', firstName: 'Ada', lastName: 'Byron', email: 'a@example.com' },
    });
    await sample.stack.poller.drained();
    await answersUntil(read, ({ cache }) => cache === 'hit');
    const redriven = output.metric('Redriven').length;
    verdicts.splice(0);

    // The synchronizer reads with this call, and a reader with another: the cache is gone for the one alone.
    const takeBack = sample.stack.momento.faults.inject({ kind: 'throttle', on: 'GetBatch' });
    await call('PATCH /users/ada', { body: { lastName: 'Lovelace' } });
    expect(await eventually(() => verdicts.length >= 2, 30_000)).toBe(true);
    takeBack();
    await sample.stack.poller.drained();

    expect(verdicts.slice(0, 2)).toEqual(['failed-from', 'failed-from']);
    expect(await eventually(() => output.metric('Redriven').length > redriven, 20_000)).toBe(true);
    expect(output.metric('Redriven').at(-1)).toBe(1);
    expect(output.metric('RedriveTrimmed').at(-1)).toBe(0);
    expect(await emptied('FailureQueue')).toBe(true);
    expect(await kindInCache(user, userKey('ada'))).toBe('tombstone');
    expect(await read()).toMatchObject({ cache: 'miss', body: { lastName: 'Lovelace' } });
    expect(await read()).toMatchObject({ cache: 'hit', body: { lastName: 'Lovelace' } });
  });

  test('an entry that somebody tampered with is found by the audit at its second look, and repaired', async () => {
    const read = () => get('/products/lamp');
    await call('PUT /products/lamp', { body: { title: 'Lamp', price: 30 } });
    await sample.stack.poller.drained();
    expect(output.metric('AuditStale').reduce(sum, 0)).toBe(0);

    await tamperWith(product, productKey('lamp'), { productId: 'lamp', title: 'Lamp', price: 3 });
    expect(await read()).toMatchObject({ cache: 'hit', body: { price: 3 } });

    const answers = await answersUntil(read, ({ body }) => body.price === 30, seconds(30));
    expect(answers.at(-1)?.cache).toBe('miss');
    expect(await read()).toMatchObject({ cache: 'hit', body: { price: 30 } });
    expect(await eventually(() => output.metric('AuditStale').reduce(sum, 0) === 1)).toBe(true);
    expect(output.metric('AuditSuspect').length).toBeGreaterThanOrEqual(1);
    expect(output.metric('Consistency')).toContain(100);
    expect(output.logged('ERROR')).toContain('a stale entry was found and tombstoned');
  });

  test('nothing that was printed names a key or holds what an item holds', () => {
    expect(sample.printed.join('\n')).not.toMatch(/USER#|ORDER#|PRODUCT#|Lovelace|198\.51\.100\.1/);
  });

  const emptied = (queue: string): Promise<boolean> =>
    eventually(() => Object.values(sample.stack.sqs.queue(queue).counts()).every((count) => count === 0), 20_000);

  async function kindInCache(entity: AnyEntity, key: TableKey): Promise<string | undefined> {
    const store = await connectToCache(sample.stack);
    try {
      const bytes = await store.get(keyInCache(sample.stack, entity, key));
      return bytes && decodeEntry(bytes).kind;
    } finally {
      await store.close();
    }
  }

  /** Stores a well-formed entry with a wrong value, as a tool that knows too much might. */
  async function tamperWith(entity: AnyEntity, key: TableKey, value: object): Promise<void> {
    const store = await connectToCache(sample.stack);
    try {
      const bytes = encodeEntry({
        kind: 'value',
        nonce: newNonce(),
        at: Date.now(),
        floor: 'unknown',
        origin: { by: 'reader', readUntil: Date.now() },
        payload: encodePayload(value),
      });
      await store.setAlways(keyInCache(sample.stack, entity, key), bytes, hours(1));
    } finally {
      await store.close();
    }
  }
});

const ITEMS = { items: [{ productId: 'kettle', quantity: 1 }] };

const sum = (total: number, value: number): number => total + value;
