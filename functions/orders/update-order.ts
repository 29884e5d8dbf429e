import * as v from 'valibot';
import { ok } from '../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../shared/runtime/http-stack.ts';
import { callerOf } from '../model/caller.ts';
import { OrderItems, OrderPath } from '../model/order.ts';
import { changeOwnOpenOrder } from '../model/order-changes.ts';

const Input = v.object({ path: OrderPath, body: OrderItems });

/** `PUT /orders/{orderId}`: other items, while the order is open. */
export const handler = await httpFunction(Input, async ({ path: { orderId }, body: { items } }, event) =>
  ok(await changeOwnOpenOrder(orderId, callerOf(event), { items })),
);
