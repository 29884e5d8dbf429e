import * as v from 'valibot';
import { noContent } from '../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../shared/runtime/http-stack.ts';
import { noSuchProduct, ProductPath } from '../model/catalog.ts';
import { productKey } from '../model/keys.ts';
import { deleteItem } from '../model/table.ts';

const Input = v.object({ path: ProductPath });

/** `DELETE /products/{productId}` */
export const handler = await httpFunction(Input, async ({ path: { productId } }) => {
  await deleteItem(productKey(productId), noSuchProduct);
  return noContent();
});
