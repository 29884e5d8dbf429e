import * as v from 'valibot';
import { order } from '../../cache.config.ts';
import { itemAnswer, readFunction } from '../../shared/runtime/read-function.ts';
import { OrderPath } from '../model/order.ts';

const Input = v.object({ path: OrderPath });

/** `GET /admin/orders/{orderId}`: anybody's. */
export const handler = await readFunction(Input, async (reader, { path }) =>
  itemAnswer(await reader.getJson(order, path), 'order'),
);
