import * as v from 'valibot';
import { created, ok } from '../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../shared/runtime/http-stack.ts';
import { ProductDetails, ProductPath, productAttributes } from '../model/catalog.ts';
import { productKey } from '../model/keys.ts';
import { putItem } from '../model/table.ts';

const Input = v.object({ path: ProductPath, body: ProductDetails });

/** `PUT /products/{productId}`: 201 for a new one, 200 for one that was replaced. */
export const handler = await httpFunction(Input, async ({ path: { productId }, body }) => {
  const outcome = await putItem({ ...productKey(productId), ...productAttributes(productId, body) });
  const product = { productId, ...body };
  return outcome === 'created' ? created(['products', productId], product) : ok(product);
});
