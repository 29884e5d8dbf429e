import { describe, expect, test } from 'vitest';
import { openOrders, order } from '../../../cache.config.ts';
import { orderKey } from '../../../functions/model/keys.ts';
import type { LocalStore } from '../../../local/start/cache.ts';
import { expire } from '../../support/cache-access.ts';
import { documentedAnswers } from '../../support/documented-answers.ts';
import { describeWithJava } from '../../support/java.ts';
import { useStack } from '../../support/stack.ts';
import { removeItem } from '../../support/table-changes.ts';
import { answersUntil, outcomes, untilSettled } from '../../support/waiting.ts';

/** The orders of the sample, on a stack whose cache is in a store. */
export function describeOrders(store: LocalStore): void {
  describeWithJava(`orders on ${store}, from HTTP to the stream and back`, { timeout: 60_000 }, () => {
    const sample = useStack({ store });
    const { call, get } = sample;

    describe.concurrent('one order through the cache', () => {
      test('a new order is a hit before anybody has asked for it, and so is every change of it', async () => {
        const from = '198.51.100.1';
        const { orderId } = await newOrder(from);
        const read = () => get(`/orders/${orderId}`, { from });
        await sample.stack.poller.drained();
        expect(await read()).toMatchObject({ status: 200, cache: 'hit', body: { orderId, status: 'OPEN' } });

        await call(`PUT /orders/${orderId}`, { from, body: itemsOf(7) });
        const changed = await answersUntil(read, ({ body }) => body.items[0].quantity === 7);
        expect(outcomes(changed)).toEqual(['hit']);

        await call(`POST /orders/${orderId}/submit`, { from });
        const submitted = await answersUntil(read, ({ body }) => body.status === 'SUBMITTED');
        expect(outcomes(submitted)).toEqual(['hit']);

        await removeItem(sample.stack, orderKey(orderId));
        const removed = await answersUntil(read, ({ status }) => status === 404);
        expect(outcomes(removed)).not.toContain('miss');
        expect(removed.at(-1)?.cache).toBe('absent');
      });

      test('an order that a reader cached is replaced by its next revision, whatever the clocks say', async () => {
        const from = '198.51.100.2';
        const { orderId } = await newOrder(from);
        const read = () => get(`/orders/${orderId}`, { from });
        await sample.stack.poller.drained();
        await expire(sample.stack, order, orderKey(orderId));
        expect(outcomes([await read(), await read()])).toEqual(['miss', 'hit']);

        await call(`PUT /orders/${orderId}`, { from, body: itemsOf(9) });

        const changed = await answersUntil(read, ({ body }) => body.items[0].quantity === 9);
        expect(outcomes(changed)).toEqual(['hit']);
      });

      test('an order that is not there is a miss, and then known to be absent', async () => {
        for (const path of ['/orders/none', '/admin/orders/none-either']) {
          expect(await get(path)).toMatchObject({ status: 404, cache: 'miss' });
          expect(await get(path)).toMatchObject({ status: 404, cache: 'absent' });
        }
      });

      test('somebody else is refused, on a miss and on a hit; an admin is not', async () => {
        const from = '198.51.100.3';
        const other = '198.51.100.4';
        const { orderId } = await newOrder(from);
        await sample.stack.poller.drained();
        expect(await get(`/orders/${orderId}`, { from: other })).toMatchObject({ status: 403, cache: 'hit' });
        expect(await get(`/admin/orders/${orderId}`)).toMatchObject({ status: 200, cache: 'hit' });
        expect(await call(`PUT /orders/${orderId}`, { from: other, body: itemsOf(2) })).toMatchObject({ status: 403 });
        expect(await call(`POST /orders/${orderId}/submit`, { from: other })).toMatchObject({ status: 403 });

        await expire(sample.stack, order, orderKey(orderId));
        expect(await get(`/orders/${orderId}`, { from: other })).toMatchObject({ status: 403, cache: 'miss' });
      });

      test('an order changes while it is open, and takes only statuses that may follow', async () => {
        const from = '198.51.100.5';
        const { orderId } = await newOrder(from);
        const to = (status: string) => call(`POST /admin/orders/${orderId}/status`, { body: { status } });

        expect(await to('COMPLETED')).toMatchObject({ status: 409 });
        expect(await call(`POST /orders/${orderId}/submit`, { from })).toMatchObject({ status: 200 });
        expect(await call(`POST /orders/${orderId}/submit`, { from })).toMatchObject({ status: 409 });
        expect(await call(`PUT /orders/${orderId}`, { from, body: itemsOf(2) })).toMatchObject({ status: 409 });
        expect(await to('OPEN')).toMatchObject({ status: 200, body: { orderId, status: 'OPEN' } });
        expect(await call(`PUT /orders/${orderId}`, { from, body: itemsOf(2) })).toMatchObject({ status: 200 });
      });

      test('no change is made to an order that is not there', async () => {
        expect(await call('PUT /orders/none', { body: itemsOf(1) })).toMatchObject({ status: 404 });
        expect(await call('POST /orders/none/submit')).toMatchObject({ status: 404 });
        const body = { status: 'OPEN' };
        expect(await call('POST /admin/orders/none/status', { body })).toMatchObject({ status: 404 });
      });

      test.each([
        ['POST /orders', { body: { items: [{ productId: 'p', quantity: 0 }] } }, 'items.0.quantity'],
        ['GET /orders?limit=0', {}, 'limit'],
        ['GET /orders?cursor=eyJ4Ijoi', {}, 'cursor'],
        ['GET /orders/a%23b', {}, 'orderId'],
        ['PUT /orders/none', { body: {} }, 'items'],
        ['POST /orders/a%20b/submit', {}, 'orderId'],
        ['GET /admin/orders?limit=101', {}, 'limit'],
        ['GET /admin/orders/a%23b', {}, 'orderId'],
        ['POST /admin/orders/none/status', { body: { status: 'LOST' } }, 'status'],
      ])('%s with %j is a 400 that names the field', async (route, request, field) => {
        const { status, body } = await call(route, request);
        expect(status).toBe(400);
        expect(body.errors).toEqual([{ field, message: expect.any(String) }]);
      });
    });

    // After the others, since every order is in the list of the open ones.
    test('an order moves between the lists, which are hits once their index has settled', async () => {
      const from = '198.51.100.6';
      const mine = (query = '') => get(`/orders${query}`, { from });
      const open = () => get('/admin/orders');
      const first = await newOrder(from);
      const second = await newOrder(from);
      await sample.stack.poller.drained();

      // Until the index has settled, the table answers, each time.
      expect(await mine()).toMatchObject({ cache: 'miss', body: { items: [second, first] } });
      expect(await mine()).toMatchObject({ cache: 'miss' });
      expect((await open()).cache).toBe('miss');
      await untilSettled(openOrders);
      expect(outcomes([await mine(), await mine()])).toEqual(['miss', 'hit']);
      // The list of all open orders is loaded again by the next change, whatever it is: nobody has to miss.
      await call('PUT /products/any', { body: { title: 'Any', price: 1 } });
      await sample.stack.poller.drained();
      const settled = await open();
      expect(settled.cache).toBe('hit');
      expect(idsOf(settled)).toEqual(expect.arrayContaining([first.orderId, second.orderId]));

      const page = await mine('?limit=1');
      expect(page).toMatchObject({ cache: 'miss', body: { items: [second] } });
      expect(await mine('?limit=1')).toMatchObject({ cache: 'hit', body: page.body });
      const next = `?limit=1&cursor=${page.body.cursor}`;
      expect(await mine(next)).toMatchObject({ cache: 'miss', body: { items: [first] } });
      expect(await mine(next)).toMatchObject({ cache: 'hit', body: { items: [first] } });
      expect(await get(`/admin/orders${next}`)).toMatchObject({ status: 400 });

      for (const status of ['SUBMITTED', 'PROCESSING', 'COMPLETED']) {
        const body = { status };
        expect(await call(`POST /admin/orders/${first.orderId}/status`, { body })).toMatchObject({ status: 200 });
      }
      await sample.stack.poller.drained();
      const without = await answersUntil(open, (answer) => !idsOf(answer).includes(first.orderId));
      expect(without.at(-1)?.cache).toBe('miss');
      expect(idsOf(without.at(-1))).toContain(second.orderId);
      // Its creator goes on seeing it, completed.
      const { updatedAt: _, ...completed } = { ...first, status: 'COMPLETED' };
      expect(await mine()).toMatchObject({ cache: 'miss', body: { items: [second, completed] } });
    });

    test('every answer that is documented was given, and no other', () => {
      const ofOrders = [...sample.answered].filter((answer) => !answer.includes('/products'));
      expect(ofOrders.sort()).toEqual(documentedAnswers('Orders').sort());
    });

    test('nothing went wrong that nobody was told of', () => {
      expect(sample.errors).toEqual([]);
    });

    async function newOrder(from: string): Promise<{ readonly orderId: string; readonly updatedAt: string }> {
      const { status, body, headers } = await call('POST /orders', { from, body: itemsOf(1) });
      expect(status).toBe(201);
      expect(headers.get('location')).toBe(`/orders/${body.orderId}`);
      expect(body).toMatchObject({ createdBy: from, status: 'OPEN', ...itemsOf(1) });
      return body;
    }
  });
}

const itemsOf = (quantity: number) => ({ items: [{ productId: 'kettle', quantity }] });

const idsOf = (answer: { readonly body: { readonly items: readonly { readonly orderId: string }[] } } | undefined) =>
  answer?.body.items.map(({ orderId }) => orderId) ?? [];
