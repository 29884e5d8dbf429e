import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { created } from '../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../shared/runtime/http-stack.ts';
import { callerOf } from '../model/caller.ts';
import { orderIndexAttributes, orderKey } from '../model/keys.ts';
import { OrderItems } from '../model/order.ts';
import { putItem } from '../model/table.ts';

const Input = v.object({ body: OrderItems });

/** `POST /orders`: an open order of the caller's. */
export const handler = await httpFunction(Input, async ({ body: { items } }, event) => {
  const createdAt = new Date().toISOString();
  const order = {
    orderId: randomUUID(),
    createdBy: callerOf(event),
    status: 'OPEN',
    createdAt,
    updatedAt: createdAt,
    items,
  } as const;
  // Unconditionally: nobody else has this id, and the SDK may have to send it twice.
  await putItem({ ...orderKey(order.orderId), ...order, ...orderIndexAttributes(order), revision: 1 });
  return created(['orders', order.orderId], order);
});
