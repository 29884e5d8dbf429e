import * as v from 'valibot';
import { product } from '../../cache.config.ts';
import { itemAnswer, readFunction } from '../../shared/runtime/read-function.ts';
import { ProductPath } from '../model/catalog.ts';

const Input = v.object({ path: ProductPath });

/** `GET /products/{productId}`: its sets as lists, its numbers with all their digits. */
export const handler = await readFunction(Input, async (reader, { path }) =>
  itemAnswer(await reader.getJson(product, path), 'product'),
);
