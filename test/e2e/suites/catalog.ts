import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { categories, category } from '../../../cache.config.ts';
import { categoryKey } from '../../../functions/model/keys.ts';
import { localClientConfig } from '../../../local/aws.ts';
import type { LocalStore } from '../../../local/start/cache.ts';
import type { Stack } from '../../../local/start/stack.ts';
import { createReader } from '../../../shared/read/reader.ts';
import { createTableReader } from '../../../shared/read/table.ts';
import { seconds } from '../../../shared/time.ts';
import { cacheAccess, connectToCache } from '../../support/cache-access.ts';
import { documentedAnswers } from '../../support/documented-answers.ts';
import { describeWithJava } from '../../support/java.ts';
import { useStack } from '../../support/stack.ts';
import { changeItem, removeItem } from '../../support/table-changes.ts';
import { answersUntil, outcomes, untilClocksAgree, untilSettled } from '../../support/waiting.ts';

/** The catalog of the sample, on a stack whose cache is in a store. */
export function describeCatalog(store: LocalStore): void {
  describeWithJava(`the catalog on ${store}, from HTTP to the stream and back`, { timeout: 60_000 }, () => {
    const sample = useStack({ store });
    const { call, get } = sample;

    describe.concurrent('through the cache', () => {
      test('a product is absent, then created, replaced and deleted, and no reader ever misses again', async () => {
        const read = () => get('/products/teapot');
        expect(await read()).toMatchObject({ status: 404, cache: 'miss' });
        expect(await read()).toMatchObject({ status: 404, cache: 'absent' });
        await untilClocksAgree();

        const teapot = { title: 'Teapot', price: 19.9, tags: ['brass', 'fragile'] };
        expect(await call('PUT /products/teapot', { body: teapot })).toMatchObject({ status: 201 });
        const created = await answersUntil(read, ({ status }) => status === 200);
        expect(outcomes(created)).not.toContain('miss');
        expect(created.at(-1)).toMatchObject({ cache: 'hit', body: { productId: 'teapot', ...teapot } });

        const dearer = { title: 'Teapot', price: 24.95, description: 'Now with a lid', stock: 3 };
        expect(await call('PUT /products/teapot', { body: dearer })).toMatchObject({ status: 200 });
        const replaced = await answersUntil(read, ({ body }) => body.price === 24.95);
        expect(outcomes(replaced)).toEqual(['hit']);
        expect(replaced.at(-1)?.body).toEqual({ productId: 'teapot', ...dearer });

        expect(await call('DELETE /products/teapot')).toMatchObject({ status: 204 });
        const deleted = await answersUntil(read, ({ status }) => status === 404);
        expect(outcomes(deleted)).not.toContain('miss');
        expect(deleted.at(-1)?.cache).toBe('absent');
        expect(await call('DELETE /products/teapot')).toMatchObject({ status: 404 });
      });

      test('a category, which no route shows by itself, is refreshed like any other item', async () => {
        const { reader, close } = await readerOf(sample.stack);
        try {
          const key = categoryKey('spices');
          const read = () => reader.get(category, { category: 'spices' });
          expect((await read()).outcome).toBe('miss');
          expect((await read()).outcome).toBe('absent');
          await untilClocksAgree();

          await changeItem(sample.stack, key, { category: 'spices', title: 'Spices' });
          const created = await answersUntil(read, ({ value }) => value?.title === 'Spices');
          await changeItem(sample.stack, key, { title: 'Spices and herbs' });
          const changed = await answersUntil(read, ({ value }) => value?.title === 'Spices and herbs');
          await removeItem(sample.stack, key);
          const removed = await answersUntil(read, ({ value }) => value === undefined);

          const seen = [...created, ...changed, ...removed].map(({ outcome }) => outcome);
          expect(new Set(seen)).toEqual(new Set(['absent', 'hit']));
          expect([seen.at(0), seen.at(-1)]).toEqual(['absent', 'absent']);
        } finally {
          await close();
        }
      });

      test.each([
        ['GET /categories?limit=many', {}, 'limit'],
        ['POST /categories', { body: { category: 'a b', title: 'T' } }, 'category'],
        ['GET /products/a%23b', {}, 'productId'],
        ['PUT /products/p', { body: { title: 'P', price: -1 } }, 'price'],
        ['DELETE /products/a%2Fb', {}, 'productId'],
      ])('%s with %j is a 400 that names the field', async (route, request, field) => {
        const { status, body } = await call(route, request);
        expect(status).toBe(400);
        expect(body.errors).toEqual([{ field, message: expect.any(String) }]);
      });
    });

    // After the others, since every category is in the list.
    test('the list of categories is a hit once it has settled, and never hides a change', async () => {
      const list = () => get('/categories');
      expect(await list()).toMatchObject({ cache: 'miss', body: { items: [] } });
      const tea = { category: 'tea', title: 'Tea' };
      expect(await call('POST /categories', { body: tea })).toMatchObject({ status: 201, body: tea });
      expect(await call('POST /categories', { body: tea })).toMatchObject({ status: 409 });
      await sample.stack.poller.drained();
      expect(await list()).toMatchObject({ cache: 'miss', body: { items: [tea] } });
      await untilSettled(categories);
      expect(outcomes([await list(), await list()])).toEqual(['miss', 'hit']);

      const coffee = { category: 'coffee', title: 'Coffee' };
      await call('POST /categories', { body: coffee });
      const added = await answersUntil(list, ({ body }) => body.items.length === 2);
      expect(added.at(-1)).toMatchObject({ cache: 'miss', body: { items: [coffee, tea] } });

      await removeItem(sample.stack, categoryKey('tea'));
      const removed = await answersUntil(list, ({ body }) => body.items.length === 1);
      expect(removed.at(-1)).toMatchObject({ cache: 'miss', body: { items: [coffee] } });
    });

    test('every answer that is documented was given, and no other', () => {
      expect([...sample.answered].sort()).toEqual(documentedAnswers('Catalog').sort());
    });

    test('nothing went wrong that nobody was told of', () => {
      expect(sample.errors).toEqual([]);
    });
  });
}

/** A reader like that of a function, for what has no route. It is patient with a machine that is busy with other tests. */
async function readerOf(stack: Stack) {
  const store = await connectToCache(stack);
  const client = new DynamoDBClient(localClientConfig(stack.dynamodbEndpoint));
  const table = createTableReader(client, stack.table.name);
  return {
    reader: createReader({
      store,
      table,
      namespace: cacheAccess(stack).namespace,
      settings: { cacheTimeout: seconds(5), fillTimeout: seconds(5) },
    }),
    async close() {
      await store.close();
      client.destroy();
    },
  };
}
