import * as v from 'valibot';
import { order } from '../../cache.config.ts';
import { cacheHeader, itemAnswer, readFunction } from '../../shared/runtime/read-function.ts';
import { callerOf } from '../model/caller.ts';
import { notYourOrder, OrderPath } from '../model/order.ts';

const Input = v.object({ path: OrderPath });
const Owned = v.object({ createdBy: v.string() });

/** `GET /orders/{orderId}`: the caller's own only. The creator is part of what is cached, so a hit can be refused too. */
export const handler = await readFunction(Input, async (reader, { path }, event) => {
  const caller = callerOf(event);
  const found = await reader.getJson(order, path);
  const answer = itemAnswer(found, 'order');
  const { createdBy } = v.parse(Owned, JSON.parse(found.json ?? 'null'));
  if (createdBy !== caller) throw notYourOrder({ headers: cacheHeader(found.outcome) });
  return answer;
});
