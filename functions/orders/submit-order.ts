import * as v from 'valibot';
import { ok } from '../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../shared/runtime/http-stack.ts';
import { callerOf } from '../model/caller.ts';
import { OrderPath } from '../model/order.ts';
import { changeOwnOpenOrder } from '../model/order-changes.ts';

const Input = v.object({ path: OrderPath });

/** `POST /orders/{orderId}/submit`: from now on it is the administrators' to process. */
export const handler = await httpFunction(Input, async ({ path: { orderId } }, event) =>
  ok(await changeOwnOpenOrder(orderId, callerOf(event), { status: 'SUBMITTED' })),
);
