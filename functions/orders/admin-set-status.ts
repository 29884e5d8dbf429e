import * as v from 'valibot';
import { ok } from '../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../shared/runtime/http-stack.ts';
import { conflict } from '../../shared/runtime/problem.ts';
import { OrderPath, predecessorsOf, StatusChange } from '../model/order.ts';
import { changeOrder } from '../model/order-changes.ts';

const Input = v.object({ path: OrderPath, body: StatusChange });

/** `POST /admin/orders/{orderId}/status`: a status that may follow the one that the order has when it is written. */
export const handler = await httpFunction(Input, async ({ path: { orderId }, body: { status } }) => {
  const change = {
    set: { status },
    onlyIf: { status: predecessorsOf(status) },
    // Without them the order is no longer in the index of those that are not completed.
    ...(status === 'COMPLETED' && { remove: ['GSI2PK', 'GSI2SK'] }),
  };
  return ok(
    await changeOrder(orderId, change, ({ status: now }) =>
      conflict(`The order is ${now}, which ${status} may not follow.`),
    ),
  );
});
